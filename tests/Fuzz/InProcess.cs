// A campaign in this process, with its files: FOLDER/found has what reached something new, FOLDER/crashes what broke a
// rule or did not come to an end. What kills the process leaves its input in FOLDER/current, because that is a file
// mapped into memory: fuzz.sh takes it from there.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Linq;
using System.Security.Cryptography;
using System.Threading;
using MinusOne.Tests.Unit.Fuzz;
using Trace = SharpFuzz.Common.Trace;

namespace MinusOne.Tests.Fuzz;

internal sealed unsafe class InProcess : IDisposable
{
    private const int HangSeconds = 10;

    private readonly string _folder;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _current;
    private long _played;

    private InProcess(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(Path.Combine(folder, "found"));
        Directory.CreateDirectory(Path.Combine(folder, "crashes"));
        _file = MemoryMappedFile.CreateFromFile(
            Path.Combine(folder, "current"), FileMode.Create, null, sizeof(int) + Campaign.MostBytes);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _current);
    }

    public static int Run(string name, Action<byte[]> target, long count, int seed, string folder, string[] inputs)
    {
        using var files = new InProcess(folder);
        using var coverage = new Coverage();
        Trace.SharedMem = coverage.Map;
        var campaign = new Campaign(target, coverage, seed)
        {
            Playing = files.Note,
            Found = input => files.Save("found", input),
            Crashed = files.Tell,
        };
        new Thread(files.Watch) { IsBackground = true }.Start();
        var time = Stopwatch.StartNew();
        campaign.Begin(Read([.. inputs, Path.Combine(folder, "found")]));
        campaign.Run(count);
        double rate = campaign.Executions / time.Elapsed.TotalSeconds;
        Console.WriteLine(
            $"{name,-14} {campaign.Executions,10} executions {campaign.NewPaths,6} new paths " +
            $"{campaign.Crashes,4} crashes {rate,8:F0}/s seed {seed}" +
            (FuzzTargets.Packets == 0 ? "" : $", {FuzzTargets.Packets} packets"));
        return campaign.Crashes == 0 ? 0 : 1;
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        File.Delete(Path.Combine(_folder, "current"));
    }

    private static IEnumerable<byte[]> Read(string[] folders) => folders
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.GetFiles(folder).Order(StringComparer.Ordinal))
        .Select(File.ReadAllBytes)
        .Where(input => input.Length <= Campaign.MostBytes);

    private void Note(byte[] input)
    {
        Trace.PrevLocation = 0;
        Interlocked.Increment(ref _played);
        BinaryPrimitives.WriteInt32LittleEndian(new Span<byte>(_current, sizeof(int)), input.Length);
        input.CopyTo(new Span<byte>(_current + sizeof(int), Campaign.MostBytes));
    }

    private void Tell(byte[] input, Exception exception) =>
        Console.Error.WriteLine($"{Save("crashes", input)}: {exception.GetType().Name}: {exception.Message}");

    private string Save(string folder, byte[] input)
    {
        string path = Path.Combine(_folder, folder, Convert.ToHexStringLower(SHA256.HashData(input))[..16]);
        File.WriteAllBytes(path, input);
        return path;
    }

    // One execution takes less than a millisecond. One that has taken seconds ends the campaign; its input is left in
    // `current`.
    private void Watch()
    {
        while (true)
        {
            long before = Interlocked.Read(ref _played);
            Thread.Sleep(TimeSpan.FromSeconds(HangSeconds));
            if (Interlocked.Read(ref _played) == before)
            {
                Console.Error.WriteLine($"an execution has taken {HangSeconds} s");
                Environment.Exit(3);
            }
        }
    }
}
