// The world switch on every path, symbolically: each register goes to and comes from its own slot of GuestRegisters,
// HOST_RSP is the stack pointer of the entry, and the host finds its own registers and stack again.

using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Iced.Intel;
using Xunit;

namespace MinusOne.Tests.Unit.Stubs;

public sealed class WorldSwitchTests
{
    private static readonly Value s_structure = new("rcx", 0);

    // The record behind the newest one.
    private static readonly Value s_record = new($"[[{s_structure + GuestRegisterSlots.Exit}]]", 0);

    [Fact]
    public void GuestIsEnteredWithItsOwnRegisters()
    {
        List<(Instruction Instruction, SymbolicState State)> entries = Entries();
        Assert.Equal([Mnemonic.Vmlaunch, Mnemonic.Vmresume], entries
            .Select(entry => entry.Instruction.Mnemonic).Distinct().Order());
        foreach ((_, SymbolicState state) in entries)
        {
            foreach ((Register register, nint slot) in GuestRegisterSlots.General)
            {
                Assert.Equal($"[{s_structure + slot}]", state[register].ToString());
            }

            for (int i = 0; i < 16; i++)
            {
                string expected = i < 6 ? $"[{s_structure + (GuestRegisterSlots.Xmm + (16 * i))}]" : $"xmm{i}";
                Assert.Equal(expected, state[Register.XMM0 + i].ToString());
            }
        }
    }

    [Fact]
    public void HostRspIsTheStackOfTheEntry()
    {
        var written = new List<(Value Field, Value Stack)>();
        var entered = new HashSet<Value>();
        Run(new SymbolicState(), "Enter", (instruction, state) =>
        {
            if (instruction.Mnemonic == Mnemonic.Vmwrite)
            {
                Assert.Equal(Register.RAX, instruction.Op0Register);
                written.Add((state[Register.RAX], state[instruction.Op1Register]));
                Assert.Equal(state[Register.RSP], state.Load(s_structure + GuestRegisterSlots.HostRsp));
            }
            else if (instruction.Mnemonic is Mnemonic.Vmlaunch or Mnemonic.Vmresume)
            {
                entered.Add(state[Register.RSP]);
            }
        });
        Assert.Equal([(new Value("", (long)VmcsNatural.HostRsp), entered.Single())], written.Distinct());
    }

    [Fact]
    public void RefusalLeavesTheHostAsItWas()
    {
        foreach ((Instruction end, SymbolicState state) in Run(new SymbolicState(), "Enter"))
        {
            Assert.Equal(Mnemonic.Ret, end.Mnemonic);
            CheckHost(state);
        }
    }

    [Fact]
    public void ExitSavesTheGuestAndRestoresTheHost()
    {
        foreach ((_, SymbolicState entered) in Entries())
        {
            foreach ((Instruction end, SymbolicState state) in Run(InGuest(entered), "Exit")
                .Where(path => !Resumed(path.State)))
            {
                Assert.Equal(Mnemonic.Ret, end.Mnemonic);
                Assert.Equal(new Value("", (long)VmxResult.Succeed), state[Register.RAX]);
                Assert.Equal("FastExit", state.Calls[0]);
                Assert.Empty(state.Calls.Skip(1).Except(["FastDevice"]));
                CheckHost(state);
                CheckAccesses(state);
                CheckGeneral(state);

                for (int i = 0; i < 6; i++)
                {
                    Assert.Equal(OfGuest(Register.XMM0 + i), state
                        .Load(s_structure + (GuestRegisterSlots.Xmm + (16 * i))));
                }
            }
        }
    }

    // The short path's exits are noted as well, but for what the run loop alone knows.
    [Fact]
    public void EveryExitIsNotedInTheRing()
    {
        int complete = 0;
        foreach ((_, SymbolicState state) in Run(InGuest(Entries()[0].State), "Exit"))
        {
            Assert.Equal(s_record, state.Load(s_structure + GuestRegisterSlots.Exit));
            Assert.Equal(Told(VmcsReadOnly32.ExitReason), Noted(state, nameof(ExitRecord.Reason)));
            Assert.Equal(Told(VmcsNatural.GuestRip), Noted(state, nameof(ExitRecord.Rip)));
            if (!Resumed(state))
            {
                complete++;
                Assert.Contains("rdtsc", state.Special);
                Assert.Equal(Told(VmcsNatural.GuestCr3), Noted(state, nameof(ExitRecord.Cr3)));
                Assert.Equal(Told(VmcsReadOnlyNatural.ExitQualification),
                    Noted(state, nameof(ExitRecord.Qualification)));
            }
        }

        Assert.NotEqual(0, complete);
    }

    // What the short path has finished: its own changes to the structure aside, the guest finds what it left.
    [Fact]
    public void ShortPathResumesWithTheGuestsRegisters()
    {
        int resumed = 0;
        Run(InGuest(Entries()[0].State), "Exit", (instruction, state) =>
        {
            if (instruction.Mnemonic == Mnemonic.Vmresume)
            {
                resumed++;
                Assert.All(GuestRegisterSlots.General.Keys, register =>
                    Assert.Equal(OfGuest(register), state[register]));
                for (int i = 0; i < 6; i++)
                {
                    Assert.Equal(OfGuest(Register.XMM0 + i), state[Register.XMM0 + i]);
                }
            }
        });
        Assert.Equal(3, resumed);
    }

    // What the guest gets is what the short path has written, not what was in the registers.
    [Fact]
    public void ShortPathChangesTheFewRegistersItWasGiven()
    {
        Register[] few =
            [Register.RAX, Register.RBX, Register.RCX, Register.RDX, Register.R8, Register.R9, Register.R10,
                Register.R11];
        SymbolicState at = InGuest(Entries()[0].State);
        Run(at, "Exit", (instruction, state) =>
        {
            if (instruction.Mnemonic == Mnemonic.Call)
            {
                Assert.Equal("rcx", state[Register.RCX].ToString());
                foreach (Register register in few)
                {
                    state.Store(s_structure + GuestRegisterSlots.General[register], new Value("new " + register, 0));
                }
            }
            else if (instruction.Mnemonic == Mnemonic.Vmresume)
            {
                Assert.All(few, register => Assert.Equal(new Value("new " + register, 0), state[register]));
            }
        });
    }

    // What was asked for all of them may write all of them.
    [Fact]
    public void TheOtherHalfChangesAnyRegister()
    {
        int resumed = 0;
        Run(InGuest(Entries()[0].State), "Exit", (instruction, state) =>
        {
            if (instruction.Mnemonic == Mnemonic.Call && state.Calls.Count == 1)
            {
                Assert.Equal("rcx", state[Register.RCX].ToString());
                CheckGeneral(state);
                foreach ((Register register, nint slot) in GuestRegisterSlots.General)
                {
                    state.Store(s_structure + slot, new Value("new " + register, 0));
                }
            }
            else if (instruction.Mnemonic == Mnemonic.Vmresume && state.Calls.Count == 2)
            {
                resumed++;
                Assert.All(GuestRegisterSlots.General.Keys, register =>
                    Assert.Equal(new Value("new " + register, 0), state[register]));
            }
            else if (instruction.Mnemonic == Mnemonic.Ret && state.Calls.Count == 2 && !Resumed(state))
            {
                Assert.All(GuestRegisterSlots.General, slot =>
                    Assert.Equal(new Value("new " + slot.Key, 0), state.Load(s_structure + slot.Value)));
            }
        });
        Assert.Equal(1, resumed);
    }

    // A refused VMRESUME ends the guest with a report: of all its registers.
    [Fact]
    public void RefusalAfterTheShortPathLeavesGuestAndHostComplete()
    {
        foreach ((Instruction end, SymbolicState state) in Run(InGuest(Entries()[0].State), "Exit")
            .Where(path => Resumed(path.State)))
        {
            Assert.Equal(Mnemonic.Ret, end.Mnemonic);
            CheckHost(state);
            CheckGeneral(state);
        }
    }

    private static Value Noted(SymbolicState state, string field) =>
        state.Load(s_record + Marshal.OffsetOf<ExitRecord>(field));

    private static Value Told<T>(T field)
        where T : System.Enum => new($"vmcs {System.Convert.ToUInt32(field):X}", 0);

    private static bool Resumed(SymbolicState state) => state.Special.Contains("vmresume");

    private static void CheckGeneral(SymbolicState state)
    {
        foreach ((Register register, nint slot) in GuestRegisterSlots.General)
        {
            Assert.Equal(OfGuest(register), state.Load(s_structure + slot));
        }
    }

    // The processor as an exit leaves it: the stack pointer of the entry, everything else the guest's.
    private static SymbolicState InGuest(SymbolicState entered)
    {
        SymbolicState state = entered.Clone();
        foreach (Register register in GuestRegisterSlots.General.Keys)
        {
            state[register] = OfGuest(register);
        }

        for (Register register = Register.XMM0; register <= Register.XMM5; register++)
        {
            state[register] = OfGuest(register);
        }

        return state;
    }

    private static Value OfGuest(Register register) => new("guest " + SymbolicState.Name(register), 0);

    private static void CheckHost(SymbolicState state)
    {
        Assert.Equal("rsp", state[Register.RSP].ToString());
        Assert.Equal("[rsp]", state.Load(state[Register.RSP]).ToString());
        Assert.All(SymbolicState.CallerOwned, register =>
            Assert.Equal(SymbolicState.Initial(register), state[register]));
    }

    // Every slot is read on the way in and written on the way out, and nothing else is touched.
    private static void CheckAccesses(SymbolicState state)
    {
        var expected = new SortedSet<string>(System.StringComparer.Ordinal);
        foreach (nint slot in GuestRegisterSlots.General.Values)
        {
            expected.UnionWith([$"{s_structure + slot}:r8", $"{s_structure + slot}:w8"]);
        }

        for (int i = 0; i < 6; i++)
        {
            Value slot = s_structure + (GuestRegisterSlots.Xmm + (16 * i));
            expected.UnionWith([$"{slot}:r16", $"{slot}:w16"]);
        }

        expected.Add($"{s_structure + GuestRegisterSlots.Answer}:w8");
        expected.UnionWith(
            [$"{s_structure + GuestRegisterSlots.Launched}:r8", $"{s_structure + GuestRegisterSlots.HostRsp}:r8"]);
        Value newest = s_structure + GuestRegisterSlots.Exit;
        expected.UnionWith([$"{newest}:r8", $"{newest}:w8", $"{state.Load(newest).Origin[1..^1]}:r8"]);
        string[] noted = [nameof(ExitRecord.Rip), nameof(ExitRecord.Cr3), nameof(ExitRecord.Qualification)];
        expected.UnionWith(noted.Select(field => $"{s_record + Marshal.OffsetOf<ExitRecord>(field)}:w8"));
        expected.Add($"{s_record + Marshal.OffsetOf<ExitRecord>(nameof(ExitRecord.Reason))}:w8");
        expected.Add($"{s_record + Marshal.OffsetOf<ExitRecord>(nameof(ExitRecord.Time))}:w4");
        expected.Add($"{s_record + (Marshal.OffsetOf<ExitRecord>(nameof(ExitRecord.Time)) + 4)}:w4");
        Assert.Equal(expected, state.Accesses.Except([$"{s_structure + GuestRegisterSlots.HostRsp}:w8"]));
    }

    private static List<(Instruction Instruction, SymbolicState State)> Entries()
    {
        var entries = new List<(Instruction, SymbolicState)>();
        Run(new SymbolicState(), "Enter", (instruction, state) =>
        {
            if (instruction.Mnemonic is Mnemonic.Vmlaunch or Mnemonic.Vmresume)
            {
                entries.Add((instruction, state.Clone()));
            }
        });
        return entries;
    }

    private static List<(Instruction End, SymbolicState State)> Run(
        SymbolicState state, string stub, System.Action<Instruction, SymbolicState> watch = null) =>
        [.. StubCode.Machine.Run(StubCode.OffsetOf(stub), state, watch)];
}
