// A fuzzing campaign within one process: an input that reached something new is kept, and the next ones are made out of
// those. AFL++ does that better and crosses two pipes for each execution; this does it ten times as often. A crash is
// told once for each place that throws.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace MinusOne.Tests.Unit.Fuzz;

internal sealed class Campaign(Action<byte[]> target, Coverage coverage, int seed)
{
    public const int MostBytes = 1024;

    private readonly Mutation _mutation = new(seed, MostBytes);
    private readonly List<byte[]> _kept = [[]];
    private readonly HashSet<string> _places = [];

    public long Executions { get; private set; }

    public int NewPaths { get; private set; }

    public int Crashes => _places.Count;

    // Each is told of an input: before it is played, if it is kept, if it crashed.
    public Action<byte[]> Playing { get; init; } = _ => { };

    public Action<byte[]> Found { get; init; } = _ => { };

    public Action<byte[], Exception> Crashed { get; init; } = (_, _) => { };

    // What is known already, and is no new path.
    public void Begin(IEnumerable<byte[]> inputs)
    {
        foreach (byte[] input in inputs)
        {
            if (Play(input))
            {
                _kept.Add(input);
            }
        }
    }

    public void Run(long executions)
    {
        while (Executions < executions)
        {
            byte[] input = _mutation.Change(Choose(), _kept[_mutation.Below(_kept.Count)]);
            if (Play(input))
            {
                _kept.Add(input);
                NewPaths++;
                Found(input);
            }
        }
    }

    // One of all, or every other time one of the newest: where there was something new there may be more.
    private byte[] Choose()
    {
        int newest = Math.Min(_kept.Count, 16);
        return _mutation.Below(2) == 0 ? _kept[_mutation.Below(_kept.Count)] : _kept[^(1 + _mutation.Below(newest))];
    }

    // Whether it reached anything new without a crash. Optimized, it would take the target in, and a crash's place
    // would lack that.
    [MethodImpl(MethodImplOptions.NoOptimization)]
    private bool Play(byte[] input)
    {
        coverage.Clear();
        Executions++;
        Playing(input);
        try
        {
            target(input);
            return coverage.Add();
        }
        catch (Exception exception)
        {
            if (_places.Add(Place(exception)))
            {
                Crashed(input, exception);
            }

            return false;
        }
    }

    // What was thrown where, and the words of its message without the numbers, which differ from input to input.
    private static string Place(Exception exception)
    {
        MethodBase thrower = new StackTrace(exception).GetFrames()
            .Select(frame => frame.GetMethod())
            .FirstOrDefault(IsOurs);
        string words = new([.. exception.Message.Where(letter => !char.IsAsciiHexDigit(letter))]);
        return $"{exception.GetType()} {thrower?.DeclaringType}.{thrower?.Name} {words}";
    }

    private static bool IsOurs(MethodBase method) =>
        method?.DeclaringType?.FullName?.StartsWith("MinusOne", StringComparison.Ordinal) == true;
}
