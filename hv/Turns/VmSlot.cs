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

    // Hooks: the processor for one of its guest's.
    public static void* HomeOf(void* slot, int index) => (void*)((VmSlot*)slot)->Homes[index];

    // So many virtual processors have more than one.
    public bool IsSpread(int count)
    {
        bool isSpread = false;
        for (int i = 0; i < count; i++)
        {
            isSpread |= Homes[i] != 0 && Homes[i] != (ulong)Home;
        }

        return isSpread;
    }

    // Its guest is ready, and all who run some of it may look at it from here on.
    public void Join(Vm* vm)
    {
        ulong members = 0;
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            Vcpu* vcpu = vm->At(i);
            members |= ((HostProcessor*)vcpu->Home)->Bit;
            vcpu->MustForget = i != 0;
            for (int other = 0; other < vm->VcpuCount; other++)
            {
                vcpu->Elsewhere |= (byte)(vm->At(other)->Home != vcpu->Home ? 1 << other : 0);
            }
        }

        if (vm->IsSpread)
        {
            vm->Board.Elsewhere = vm->First->Elsewhere;
            vm->Memory.Table.User = vm;
            vm->Memory.Table.Stop = &GuestLock.StopOthers;
        }

        Volatile.Write(ref Members, members);
        for (int i = 0; i < HostProcessor.Most; i++)
        {
            HostProcessor* member = vm->Machine->At(i);
            if ((members & member->Bit) != 0)
            {
                Interlocked.Increment(ref member->Guests);
                if (member != Home)
                {
                    GuestLock.Call(member);
                }
            }
        }
    }

    // This one runs nothing of it any more.
    public void Leave(HostProcessor* processor)
    {
        Interlocked.And(ref Members, ~processor->Bit);
        Interlocked.Decrement(ref processor->Guests);
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
