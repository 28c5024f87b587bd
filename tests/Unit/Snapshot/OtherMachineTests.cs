// A guest that goes on where another processor is, of another rate or of the other make: it sees what it saw before.

using System;
using System.Runtime.InteropServices;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Snapshot;

public sealed unsafe class OtherMachineTests
{
    private const uint GenuineIntel = 0x756E_6547, AuthenticAmd = 0x6874_7541;

    // Where it was saved the TSC counted three times as fast; RDTSC, RDTSCP and RDMSR say so, and so does a deadline.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ATscOfAnotherRateIsKept(bool isAmd)
    {
        byte[] saved = Save(isAmd, _ => { });
        Change(saved, (ref SnapshotGuest guest) => guest.TscHertz *= 3);
        ulong host = 0, own = 0, first = 0, again = 0, byMsr = 0;
        string log = GoOn(saved, isAmd, (machine, guest) =>
        {
            ulong began = machine.Processor.Tsc;
            first = guest.Rdtsc();
            machine.Processor.Tsc += 1_000_000;
            host = machine.Processor.Tsc - began;
            own = guest.Rdtsc() - first;
            again = guest.Rdtscp() - first;
            byMsr = guest.Rdmsr((uint)Msr.TimeStampCounter) - first;
        });
        Assert.Contains("end=halt", log);
        Assert.InRange(first, 0ul, 100_000_000ul);
        Assert.InRange(own, 3 * 1_000_000ul, 3 * (host + 10_000));
        Assert.InRange(again, own, own + 100_000);
        Assert.InRange(byMsr, again, own + 200_000);
    }

    // Where nothing has to be made up for, reading it costs no exit.
    [Fact]
    public void ATscOfThisRateIsTheProcessors()
    {
        byte[] saved = Save(isAmd: false, _ => { });
        ulong host = 0, own = 0;
        GoOn(saved, isAmd: false, (machine, guest) =>
        {
            ulong first = guest.Rdtsc(), began = machine.Processor.Tsc;
            own = guest.Rdtsc() - first;
            host = machine.Processor.Tsc - began;
        });
        Assert.Equal(host, own);
    }

    // Registers, memory and what CPUID said, down to the maker's name. What loads a segment has marked it accessed on
    // VT-x, which refuses it otherwise, and STI's shadow is there only with interrupts on.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AGuestOfTheOtherMakeGoesOn(bool isAmd)
    {
        byte[] others = Save(isAmd, _ => { });
        byte[] saved = Save(!isAmd, machine =>
        {
            machine.Vcpu->Registers.Rbx = 77;
            if (!isAmd)
            {
                SegmentAccessRights code = GuestState.Rights(GuestSegment.Cs);
                GuestState.SetSegment(GuestSegment.Cs, GuestState.Selector(GuestSegment.Cs),
                    GuestState.Base(GuestSegment.Cs), GuestState.Limit(GuestSegment.Cs), new(code.Raw & ~1u));
                GuestState.Rflags &= ~Rflags.InterruptEnable;
                GuestState.Blocking = new(InterruptibilityState.MovSs);
            }
        });

        // Its features are those that are there, its maker the other.
        (int at, int length) = SnapshotBytes.Section(others, 1);
        others.AsSpan(at, 8 + length).CopyTo(saved.AsSpan(at));
        SnapshotBytes.See(saved, 0, 1, GenuineIntel ^ AuthenticAmd);
        ulong rbx = 0, word = 0, maker = 0, features = 0, ownFeatures = 0;
        string log = GoOn(saved, isAmd, (machine, guest) =>
        {
            rbx = guest.Registers.Rbx;
            word = guest.Read64(new Gpa(SnapshotScene.Written));
            guest.Cpuid(0);
            maker = guest.Registers.Rbx;
            guest.Cpuid(1);
            features = guest.Registers.Rdx;
            ownFeatures = machine.Processor.Cpuid(1, 0).Edx;
        });
        Assert.Contains("goes on from a snapshot", log);
        Assert.Contains("end=halt", log);
        Assert.Equal((77ul, 7ul), (rbx, word));
        Assert.Equal(isAmd ? GenuineIntel : AuthenticAmd, maker);
        Assert.Equal(0ul, features & ~ownFeatures & ~(1ul << 9));
        Assert.Contains("every frame has come back", log);
    }

    // No PCID, no AVX-512 and no room for its state, whatever this processor has; and the rest as it is.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void APortableGuestSeesWhatBothMakesHave(bool isPortable)
    {
        const ulong Pcid = 1 << 17, Avx512 = 1 << 16, Avx2 = 1 << 5, XsaveStates = 7;
        using var scene = new SnapshotScene();
        scene.Core.Settings = scene.Core.Settings with { IsPortable = isPortable };
        ulong first = 0, seventh = 0, states = 0, beyond = 0, own = 0;
        scene.Core.Guest.Then(guest =>
        {
            guest.Cpuid(1);
            first = guest.Registers.Rcx;
            guest.Cpuid(7);
            seventh = guest.Registers.Rbx;
            guest.Cpuid(0xD);
            states = guest.Registers.Rax;
            guest.Cpuid(0x17);
            beyond = guest.Registers.Rax;
            guest.Cpuid(0x16);
            own = guest.Registers.Rax;
            guest.Cli();
            guest.Hlt();
        });
        Assert.True(scene.Core.Run());
        Assert.Equal(isPortable ? 0 : Pcid, first & Pcid);
        Assert.Equal(isPortable ? Avx2 : Avx2 | Avx512, seventh & (Avx2 | Avx512));
        Assert.Equal(isPortable, (states & ~XsaveStates) == 0);
        Assert.Equal(own, beyond);
        Assert.Contains("every frame has come back", scene.Core.Log);
    }

    private delegate void GuestChange(ref SnapshotGuest guest);

    private static void Change(byte[] saved, GuestChange change)
    {
        int at = SnapshotBytes.Beginning;
        change(ref MemoryMarshal.AsRef<SnapshotGuest>(saved.AsSpan(at + 8, sizeof(SnapshotGuest))));
        SnapshotBytes.Seal(saved, at, sizeof(SnapshotGuest));
    }

    private static byte[] Save(bool isAmd, Action<SnapshotScene> before)
    {
        byte[] saved = null;
        using var scene = new SnapshotScene(isAmd);
        scene.Play(machine =>
        {
            before(machine);
            saved = machine.Save();
        });
        return saved;
    }

    // What is logged of a guest that does this from there on, and halts.
    private static string GoOn(
        byte[] saved, bool isAmd, Action<Core.CoreMachine, ScriptedGuest> work)
    {
        using var scene = new SnapshotScene(isAmd);
        byte* file = (byte*)NativeMemory.Alloc((nuint)saved.Length);
        saved.CopyTo(new Span<byte>(file, saved.Length));
        scene.Core.Settings = scene.Core.Settings with { Snapshot = new FileBytes(file, (ulong)saved.Length) };
        scene.Core.Guest.Then(guest =>
        {
            work(scene.Core, guest);
            guest.Cli();
            guest.Hlt();
        });
        scene.Core.Run();
        NativeMemory.Free(file);
        return scene.Core.Log;
    }
}
