// Samples folded into a tree: of each function, reached by the same callers, how many ticks were seen in it.

using System.Collections.Generic;
using System.Linq;
using MinusOne.Ovmf.Runner.Traces;

namespace MinusOne.Ovmf.Runner.Profiles;

internal enum FrameKind
{
    Group,
    Function,
    Hypervisor,
    Halted,
}

internal readonly record struct Frame(string Name, FrameKind Kind);

internal sealed class CallTree(Frame frame)
{
    private readonly Dictionary<Frame, CallTree> _children = [];

    public Frame Frame { get; } = frame;

    // Ticks here, with all that was called from here.
    public ulong Ticks { get; private set; }

    // Ticks here alone.
    public ulong Self { get; private set; }

    // Sorted by name, so that two pictures of one guest can be laid side by side.
    public IEnumerable<CallTree> Children =>
        _children.Values.OrderBy(child => child.Frame.Kind)
            .ThenBy(child => child.Frame.Name, System.StringComparer.Ordinal);

    public int Depth => 1 + _children.Values.Select(child => child.Depth).DefaultIfEmpty().Max();

    // All guests and their processors. A guest that has one only needs no word for it.
    public static CallTree Fold(TraceData data, SymbolNames names)
    {
        var root = new CallTree(new("all", FrameKind.Group));
        foreach (TraceSample sample in data.Samples)
        {
            TraceGuest guest = data.GuestOf(sample.Guest);
            List<Frame> path = [new(guest.Name, FrameKind.Group)];
            if (guest.Processors > 1)
            {
                path.Add(new($"processor {sample.Processor}", FrameKind.Group));
            }

            path.AddRange(FramesOf(sample, names, data.IsSvm));
            root.Add(path, sample.Ticks);
        }

        return root;
    }

    // Outermost first. An address that one returns to may be behind the caller's last instruction.
    public static IEnumerable<Frame> FramesOf(TraceSample sample, SymbolNames names, bool isSvm)
    {
        for (int i = 0; i < sample.Frames.Length; i++)
        {
            ulong address = sample.Frames[i];
            string name = names.FunctionOf(i + 1 < sample.Frames.Length ? address - 1 : address);
            yield return new(name.Length != 0 ? name : ExitWords.Hex(address), FrameKind.Function);
        }

        if (sample.State == TraceFormat.Halted)
        {
            yield return new("halted", FrameKind.Halted);
        }
        else if (sample.State >= TraceFormat.FirstReason)
        {
            string reason = ExitWords.Reason((ushort)(sample.State - TraceFormat.FirstReason), isSvm);
            yield return new($"hypervisor: {reason}", FrameKind.Hypervisor);
        }
    }

    // What was seen most, wherever it was called.
    public IEnumerable<(Frame Frame, ulong Self)> Hottest() => All()
        .Where(node => node.Self != 0)
        .GroupBy(node => node.Frame, (frame, nodes) => (frame, nodes.Aggregate(0UL, (sum, node) => sum + node.Self)))
        .OrderByDescending(pair => pair.Item2).ThenBy(pair => pair.frame.Name, System.StringComparer.Ordinal);

    private IEnumerable<CallTree> All() => _children.Values.SelectMany(child => child.All()).Prepend(this);

    private void Add(IEnumerable<Frame> path, ulong ticks)
    {
        CallTree node = this;
        node.Ticks += ticks;
        foreach (Frame frame in path)
        {
            if (!node._children.TryGetValue(frame, out CallTree? child))
            {
                node._children.Add(frame, child = new(frame));
            }

            node = child;
            node.Ticks += ticks;
        }

        node.Self += ticks;
    }
}
