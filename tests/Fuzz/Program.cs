// Fuzz                 the targets, one a line
// Fuzz TARGET          under afl-fuzz, which hands over the inputs
// Fuzz TARGET FILE...  plays inputs again: a crash is an exception with its place
// Fuzz TARGET --count N --seed S FOLDER INPUTS...
//                      makes inputs up in this process, out of those in the folders INPUTS, and puts what it finds
//                      into FOLDER

using System;
using System.IO;
using System.Linq;
using MinusOne.Tests.Fuzz;
using MinusOne.Tests.Unit.Fuzz;
using SharpFuzz;

if (args.Length == 0)
{
    Console.WriteLine(string.Join('\n', FuzzTargets.All.Keys));
    return 0;
}

if (!FuzzTargets.All.TryGetValue(args[0], out Action<byte[]>? target))
{
    Console.Error.WriteLine($"no target '{args[0]}'; there are: {string.Join(' ', FuzzTargets.All.Keys)}");
    return 2;
}

if (args is [_, "--count", var count, "--seed", var seed, var folder, .. var inputs])
{
    return InProcess.Run(args[0], target, long.Parse(count), int.Parse(seed), folder, inputs);
}

if (args.Length > 1)
{
    Array.ForEach(args[1..], file => target(File.ReadAllBytes(file)));
    return 0;
}

// In a process of its own: what ends that is a crash as well.
Fuzzer.OutOfProcess.Run(stream =>
{
    using var input = new MemoryStream();
    stream.CopyTo(input);
    target(input.ToArray());
});
return 0;
