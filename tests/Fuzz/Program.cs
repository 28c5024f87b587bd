// Fuzz                 the targets, one a line
// Fuzz TARGET          under afl-fuzz, which hands over the inputs
// Fuzz TARGET FILE...  plays inputs again: a crash is an exception with its place

using System;
using System.IO;
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
