// The world switch of SVM on every path, symbolically: what is loaded and saved, in which order, and that the host
// finds its own again.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Iced.Intel;
using Xunit;

namespace MinusOne.Tests.Unit.Stubs;

public sealed unsafe class SvmSwitchTests
{
    private static readonly Value s_structure = new("rcx", 0);
    private static readonly Value s_vmcb = new($"[{s_structure + Slot(nameof(GuestRegisters.Vmcb))}]", 0);

    private static IEnumerable<Register> OnTheWay => GuestRegisterSlots.General.Keys.Where(key => key != Register.RAX);

    [Fact]
    public void GuestIsEnteredWithItsOwnRegisters()
    {
        int entries = 0;
        Run((instruction, state) =>
        {
            if (instruction.Mnemonic != Mnemonic.Vmrun || state.Calls.Count != 0)
            {
                return;
            }

            entries++;
            Assert.All(OnTheWay, register => Assert.Equal(
                $"[{s_structure + GuestRegisterSlots.General[register]}]", state[register].ToString()));
            for (int i = 0; i < 6; i++)
            {
                Assert.Equal($"[{s_structure + (GuestRegisterSlots.Xmm + (16 * i))}]",
                    state[Register.XMM0 + i].ToString());
            }

            Assert.Equal(s_vmcb, state[Register.RAX]);
            Assert.Equal($"[{s_structure + GuestRegisterSlots.General[Register.RAX]}]",
                state.Load(s_vmcb + Field(nameof(Vmcb.Rax))).ToString());
        });
        Assert.Equal(1, entries);
    }

    // Hidden state first, then physical interrupts; behind the exit they are masked again, and VMSAVE comes last.
    [Fact]
    public void TheOrderIsTheManuals()
    {
        var order = new List<Mnemonic>();
        Mnemonic[] watched =
        [
            Mnemonic.Vmload, Mnemonic.Sti, Mnemonic.Vmrun, Mnemonic.Cli, Mnemonic.Call, Mnemonic.Vmsave, Mnemonic.Ltr,
            Mnemonic.Ret,
        ];
        ulong at = StubCode.OffsetOf("VmRun");
        Instruction next = default;
        do
        {
            Mnemonic last = next.Mnemonic;
            next = StubCode.Machine.Decode(at);
            at = next.NextIP;
            Assert.False(last == Mnemonic.Sti && next.Mnemonic == Mnemonic.Vmrun, "STI's shadow is the guest's");
            if (watched.Contains(next.Mnemonic))
            {
                order.Add(next.Mnemonic);
            }
        }
        while (next.Mnemonic != Mnemonic.Ret);

        Assert.Equal(
            [
                Mnemonic.Vmload, Mnemonic.Sti, Mnemonic.Vmrun, Mnemonic.Cli, Mnemonic.Call, Mnemonic.Call,
                Mnemonic.Vmsave, Mnemonic.Ltr, Mnemonic.Ret,
            ],
            order);
    }

    [Fact]
    public void ExitSavesTheGuestAndRestoresTheHost()
    {
        List<SymbolicState> ends =
            [.. Run().Where(path => path.End.Mnemonic == Mnemonic.Ret).Select(path => path.State)];
        Assert.NotEmpty(ends);
        foreach (SymbolicState state in ends)
        {
            Assert.Equal("FastSvmExit", state.Calls[0]);
            Assert.Equal("rsp", state[Register.RSP].ToString());
            Assert.All(SymbolicState.CallerOwned, register =>
                Assert.Equal(SymbolicState.Initial(register), state[register]));
            Assert.All(GuestRegisterSlots.General, slot =>
                Assert.Equal(OfGuest(slot.Key), state.Load(s_structure + slot.Value)));
            for (int i = 0; i < 6; i++)
            {
                Assert.Equal(OfGuest(Register.XMM0 + i),
                    state.Load(s_structure + (GuestRegisterSlots.Xmm + (16 * i))));
            }

            Assert.Contains($"{s_structure + GuestRegisterSlots.Answer}:w8", state.Accesses);
            Assert.Contains($"{s_vmcb + Field(nameof(Vmcb.TlbControl))}:w4", state.Accesses);
            Assert.Contains($"{s_vmcb + Field(nameof(Vmcb.Injection))}:w4", state.Accesses);
            Assert.Superset(
                new HashSet<string> { "vmload", "vmsave", "ltr", "sgdt", "cli" }, state.Special.ToHashSet());
        }
    }

    // What the short path has written is what the guest gets; without VMLOAD, for nothing of it has been saved.
    [Fact]
    public void ShortPathResumesWithTheGuestsRegisters()
    {
        Register[] few =
        [
            Register.RBX, Register.RCX, Register.RDX, Register.R8, Register.R9, Register.R10, Register.R11,
        ];
        var resumed = new List<int>();
        Run((instruction, state) =>
        {
            if (instruction.Mnemonic == Mnemonic.Call)
            {
                Assert.Equal("rcx", state[Register.RCX].ToString());
                IEnumerable<Register> given = state.Calls.Count == 0 ? [Register.RAX, .. few]
                    : GuestRegisterSlots.General.Keys;
                foreach (Register register in given)
                {
                    state.Store(s_structure + GuestRegisterSlots.General[register], New(register, state.Calls.Count));
                }
            }
            else if (instruction.Mnemonic == Mnemonic.Vmrun && state.Calls.Count != 0)
            {
                int last = state.Calls.Count - 1;
                resumed.Add(state.Calls.Count);
                Assert.All(OnTheWay, register => Assert.Equal(
                    last == 1 || few.Contains(register) ? New(register, last) : OfGuest(register), state[register]));
                Assert.Equal(New(Register.RAX, last), state.Load(s_vmcb + Field(nameof(Vmcb.Rax))));
                Assert.Equal(s_vmcb, state[Register.RAX]);
                Assert.DoesNotContain("vmsave", state.Special);
            }
        });
        Assert.Equal([1, 2], resumed.Order());
    }

    [Theory]
    [InlineData("TakeInterrupt", "Xor Stgi Sti Nop Cli Clgi Ret")]
    [InlineData("WaitForInterrupt", "Xor Stgi Sti Hlt Cli Clgi Ret")]
    [InlineData("SetGlobalInterrupts", "Test Je Stgi Ret Clgi Ret")]
    public void InterruptsComeInOnePlace(string stub, string expected)
    {
        var order = new List<Mnemonic>();
        ulong at = StubCode.OffsetOf(stub);
        foreach (string _ in expected.Split(' '))
        {
            Instruction next = StubCode.Machine.Decode(at);
            order.Add(next.Mnemonic);
            at = next.NextIP;
        }

        Assert.Equal(expected, string.Join(' ', order));
    }

    // The processor as an exit leaves it: RAX and the stack pointer the host's, everything else the guest's.
    private static void Leave(SymbolicState state)
    {
        state.Store(s_vmcb + Field(nameof(Vmcb.Rax)), OfGuest(Register.RAX));
        foreach (Register register in OnTheWay)
        {
            state[register] = OfGuest(register);
        }

        for (Register register = Register.XMM0; register <= Register.XMM5; register++)
        {
            state[register] = OfGuest(register);
        }
    }

    // Up to the second entry, or the return.
    private static List<(Instruction End, SymbolicState State)> Run(Action<Instruction, SymbolicState> watch = null) =>
    [
        .. StubCode.Machine.Run(
            StubCode.OffsetOf("VmRun"),
            new SymbolicState(),
            (instruction, state) =>
            {
                watch?.Invoke(instruction, state);
                if (instruction.Mnemonic == Mnemonic.Vmrun && state.Calls.Count == 0)
                {
                    Leave(state);
                }
            },
            (instruction, state) => instruction.Mnemonic == Mnemonic.Vmrun && state.Calls.Count != 0),
    ];

    private static Value OfGuest(Register register) => new("guest " + SymbolicState.Name(register), 0);

    private static Value New(Register register, int call) => new($"new {register} {call}", 0);

    private static nint Slot(string name) => Marshal.OffsetOf<GuestRegisters>(name);

    private static nint Field(string name) => Marshal.OffsetOf<Vmcb>(name);
}
