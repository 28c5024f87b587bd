// A place in the machine for one guest: what is to run there and how, and what came of it. It outlives its guest, so
// that a program of several configurations goes through them, and a guest can be started again.

using System.Threading;

namespace MinusOne.Hv.Turns;

internal unsafe struct VmSlot
{
    private const int LongestName = 24;

    // What it is given, and a copy of the configuration that runs: a kernel file says itself how its guest begins.
    public RunSettings Settings;
    public VmConfig Config;

    public VmConfig* Next;
    public ulong Left;

    // How often the one before it is still to be started.
    public uint Plays;

    // Null: nobody sits there.
    public Vm* Vm;

    // The processor on which its guests begin and end, and have their turns; and those on which their virtual
    // processors have theirs, by their index.
    public HostProcessor* Home;
    public fixed ulong Homes[Board.MostProcessors];

    // Those that run some of the guest that sits there, a bit each; none touches it after it has taken its bit away.
    public ulong Members;

    // Counted from 1.
    public uint Number;

    // When the time of what starts again is up, as before the reset; 0: its time begins with it.
    public ulong TimeLimit;

    // All that sat here so far ended as they are meant to.
    public bool IsAsExpected;

    // What the last guest had of the processor, and the number in its memory that its configuration wants to see.
    public SliceAccount Account;
    public ulong Tally;

    private Letters _letters;
    private int _length;

    [UnscopedRef]
    public ReadOnlySpan<byte> Name
    {
        readonly get => ((ReadOnlySpan<byte>)_letters).Slice(0, _length);
        set
        {
            _length = Math.Min(value.Length, LongestName);
            value.Slice(0, _length).CopyTo(_letters);
        }
    }

    public static VmSlot* Of(Vm* vm) => (VmSlot*)vm->Slot;

    public readonly GuestEnd ExpectedEnd =>
        Settings.ExpectedEnd != GuestEnd.None ? Settings.ExpectedEnd
        : Config.ExpectedEnd != GuestEnd.None ? Config.ExpectedEnd
        : GuestEnd.PoweredOff;

    // A reset, or what a PC makes one of, is not the end of its guest if the options of the run say so.
    public readonly bool StartsAgain =>
        Settings.StartsAgain && Vm->End is GuestEnd.Reset or GuestEnd.TripleFault or GuestEnd.Shutdown
        && Vm->End != ExpectedEnd;

    public readonly uint Weight => Math.Max(1u, Config.Weight);

    // Only the machine-readable line, of what goes well.
    public readonly bool IsBrief => Settings.Brief || Config.Repeats != 0;

    // All of what is next there.
    public void PutOn(HostProcessor* home)
    {
        Home = home;
        for (int i = 0; i < Board.MostProcessors; i++)
        {
            Homes[i] = (ulong)home;
        }
    }

    // Its guest's processors have several of the machine. Who shows or changes every exit keeps them on one.
    public bool IsSpread(Vm* vm)
    {
        bool isSpread = false;
        for (int i = 0; i < GuestSetup.VcpusOf(GuestSetup.ConfigOf(vm), Settings); i++)
        {
            isSpread |= Homes[i] != 0 && Homes[i] != (ulong)Home;
        }

        return isSpread && vm->Filter == null && vm->Teller == null && !vm->IsWatched;
    }

    // Its guest, or part of it, runs there.
    public readonly bool IsOn(HostProcessor* processor) => (Volatile.Read(in Members) & processor->Bit) != 0;

    // The guest in it goes, and nobody follows. TurnLoop does it.
    public void Stop()
    {
        Left = Plays = 0;
        Vm->EndWith(GuestEnd.Stopped);
    }

    // The configuration that was last is to come once more.
    public void Again() => Plays++;

    [InlineArray(LongestName)]
    private struct Letters { private byte _first; }
}
