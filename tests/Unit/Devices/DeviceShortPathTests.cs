// Instructions on devices' memory, short path against long one: the same guest under both, with the same hostile
// habits, sees the same. It changes its code between two executions of it, maps other code there, takes its rights
// away, changes mode, and reports accesses that its bytes do not make.

using System;
using System.Collections.Generic;
using System.Linq;
using Iced.Intel;
using MinusOne.Tests.Model;
using Xunit;
using Instruction = Iced.Intel.Instruction;

namespace MinusOne.Tests.Unit.Devices;

public sealed unsafe class DeviceShortPathTests
{
    private const int Steps = 400;
    private const ulong Apic = 0xFEE0_0000, Hpet = 0xFED0_0000;

    // Two pages of code for the same linear page.
    private const ulong Code = 0x8000, OtherCode = 0xA000;
    private const ulong Alias = 0x20_0000;

    // Present, writable, for everybody, accessed, dirty: as the processor has left it.
    private const ulong All = 0x67;

    private static readonly uint[] s_apic =
    [
        0x20, 0x30, 0x80, 0x80, 0xA0, 0xB0, 0xB0, 0xC0, 0xD0, 0xE0, 0xF0, 0x100, 0x120, 0x200, 0x280, 0x300, 0x310,
        0x330, 0x350, 0x360, 0x370, 0x3F0, 0x34, 0x38, 0x82, 0xFF8,
    ];

    // Without the counter, and what starts it.
    private static readonly uint[] s_hpet = [0, 4, 0x20, 0x24, 0x100, 0x104, 0x108, 0x10C, 0x120, 0x128, 0x3FC, 0x400];

    private static readonly Register[] s_bases =
    [
        Register.RAX, Register.RCX, Register.RDX, Register.RBX, Register.RBP, Register.RSI, Register.RDI, Register.R8,
        Register.R11, Register.R12, Register.R13, Register.R15, Register.None, Register.RIP,
    ];

    public static TheoryData<int> Seeds => new(Enumerable.Range(1, 25));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void GuestSeesTheSame(int seed)
    {
        (List<string> Seen, int Short) longWay = new Player(seed, hasShortPath: false).Play();
        (List<string> Seen, int Short) shortWay = new Player(seed, hasShortPath: true).Play();
        Assert.Equal(0, longWay.Short);
        Assert.True(
            shortWay.Short > 5 || shortWay.Seen.Count <= Steps,
            $"seed {seed}: the short path was taken {shortWay.Short} times");
        for (int i = 0; i < longWay.Seen.Count; i++)
        {
            Assert.True(longWay.Seen[i] == shortWay.Seen.ElementAtOrDefault(i),
                $"seed {seed}, step {i}:\nlong:  {longWay.Seen[i]}\nshort: {shortWay.Seen.ElementAtOrDefault(i)}");
        }

        Assert.Equal(longWay.Seen.Count, shortWay.Seen.Count);
    }

    [Fact]
    public void ASiteHasItsBytes() => Assert.Equal(MemorySite.Bytes, sizeof(MemorySite));

    private sealed class Player(int seed, bool hasShortPath)
    {
        private readonly Random _random = new(seed);
        private readonly List<string> _seen = [];
        private readonly Instruction[] _slots = new Instruction[6];
        private readonly (ulong Physical, ulong Linear)[] _targets = new (ulong, ulong)[6];

        private static SoftVmcs Current => Cpu.Soft.Vmx.Current;

        public (List<string> Seen, int Short) Play()
        {
            using DeviceGuest guest = DeviceGuest.Of("long", flags: VmFeatures.Pc);
            Cpu.Soft.HasShortPath = hasShortPath;
            guest.Write(0x3008, Apic | 0x80 | All);
            guest.Write(DeviceGuest.Root, 0x2000 | All);
            guest.Write(0x2000 + (8 * 3), 0x5000 | All);
            guest.Write(0x3000, 0x4000 | All);
            Vmcs.Write(Vmcs64.GuestEfer, Vmcs.Read(Vmcs64.GuestEfer) | (ulong)Efer.ExecuteDisableEnable);
            guest.Script.Handler = (_, _) => { };
            guest.Script.Then(script =>
            {
                guest.Vm->Board.Apic->TryWrite(ApicRegister.SpuriousVector, 0x1FF, 0);
                for (int i = 0; i < Steps; i++)
                {
                    string step = Step(guest, script);
                    _seen.Add($"{step}: {Show(guest, script)}");
                }

                script.Exit(Exits.TripleFault());
            });
            RunLoop.Run(guest.Vm, guest.Vcpu);
            _seen.Add($"{guest.Vm->End} {guest.Vm->EndAddress.Value:X} {guest.Vm->EndAccess} {DeviceGuest.Log}");
            return (_seen, Cpu.Soft.ShortExits);
        }

        private string Step(DeviceGuest guest, ScriptedGuest script)
        {
            int slot = _random.Next(_slots.Length);
            bool isNew = _slots[slot].Code == Iced.Intel.Code.INVALID || _random.Next(15) == 0;
            (ulong physical, ulong linear) = Target();
            if (!isNew && _slots[slot].MemoryBase is Register.None or Register.RIP)
            {
                (physical, linear) = _targets[slot];
            }

            if (isNew)
            {
                _targets[slot] = (physical, linear);
                _slots[slot] = Random(linear, AddressOf(slot));
                guest.Write(AddressOf(slot), Bytes(_slots[slot], AddressOf(slot)));
            }

            Instruction instruction = _slots[slot];
            for (int i = 0; i < 16; i++)
            {
                script.Registers[i] = i == 4 ? script.Registers[i] : (ulong)_random.NextInt64();
            }

            linear = Aim(script, instruction, linear, AddressOf(slot));
            Befall(guest, script, slot, linear);
            script.Rip = AddressOf(slot);
            bool isWrite = instruction.Op0Kind == OpKind.Memory;
            Access access = isWrite != (_random.Next(20) == 0) ? Access.Write : Access.Read;
            script.Exit(Exits.EptViolation(new Gpa(physical), access, Access.None, new Gva(linear), isFinal: true));
            return $"{instruction} at {AddressOf(slot):X}, {access} {linear:X} -> {physical:X}";
        }

        private (ulong Physical, ulong Linear) Target()
        {
            bool isApic = _random.Next(2) == 0;
            ulong offset = isApic ? s_apic[_random.Next(s_apic.Length)] : s_hpet[_random.Next(s_hpet.Length)];
            ulong physical = (isApic ? Apic : Hpet) + offset;
            return (physical, isApic && _random.Next(3) == 0 ? Alias + offset : physical);
        }

        // The last one leaves no room for the longest instruction in its page.
        private static ulong AddressOf(int slot) => slot == 5 ? Code + 0xFF4 : Code + (ulong)(slot * 0x47);

        private Instruction Random(ulong linear, ulong address)
        {
            MemoryOperand memory = RandomOperand(linear, address);
            Register narrow = Register.EAX + _random.Next(16), wide = Register.RAX + _random.Next(16);
            return _random.Next(10) switch
            {
                0 or 1 or 2 => Instruction.Create(Iced.Intel.Code.Mov_r32_rm32, narrow, memory),
                3 or 4 => Instruction.Create(Iced.Intel.Code.Mov_rm32_r32, memory, narrow),
                5 => Instruction.Create(Iced.Intel.Code.Mov_rm32_imm32, memory, _random.Next()),
                6 => Instruction.Create(Iced.Intel.Code.Mov_r64_rm64, wide, memory),
                7 => Instruction.Create(Iced.Intel.Code.Mov_rm64_r64, memory, wide),
                8 => Instruction.Create(Iced.Intel.Code.Mov_rm64_imm32, memory, _random.Next() - (1 << 30)),
                _ => Instruction.Create(Iced.Intel.Code.Or_rm32_r32, memory, narrow),
            };
        }

        private MemoryOperand RandomOperand(ulong linear, ulong address)
        {
            Register @base = s_bases[_random.Next(s_bases.Length)];
            bool isNear = @base == Register.None && linear <= int.MaxValue;
            @base = @base == Register.None && !isNear ? Register.RSI
                : @base == Register.RIP && linear - address > int.MaxValue ? Register.RBX
                : @base;
            bool isIndexed = !isNear && @base != Register.RIP && _random.Next(4) == 0;
            long displacement = isNear || @base == Register.RIP
                ? (long)linear
                : _random.Next(-200, 200) << _random.Next(8);
            return new MemoryOperand(
                @base, isIndexed ? Register.R9 : Register.None, isIndexed ? 1 << _random.Next(4) : 1, displacement, 8,
                false, _random.Next(12) == 0 ? Register.ES : Register.None);
        }

        private static byte[] Bytes(Instruction instruction, ulong address)
        {
            var writer = new BytesWriter();
            Encoder.Create(64, writer).Encode(instruction, address);
            return [.. writer.Bytes, 0x90, 0x90];
        }

        // Registers that make the operand's address this one. Where that cannot be, the address that it is.
        private ulong Aim(ScriptedGuest script, in Instruction instruction, ulong linear, ulong address)
        {
            if (instruction.MemoryBase is Register.None or Register.RIP || _random.Next(15) == 0)
            {
                return linear;
            }

            ulong rest = instruction.MemoryDisplacement64;
            if (instruction.MemoryIndex != Register.None)
            {
                rest += script.Registers[9] * (ulong)instruction.MemoryIndexScale;
            }

            script.Registers[instruction.MemoryBase - Register.RAX] = linear - rest;
            return linear;
        }

        // What may happen to a guest between two instructions.
        private void Befall(DeviceGuest guest, ScriptedGuest script, int slot, ulong linear)
        {
            script.Rflags = 2 | (_random.Next(12) == 0 ? (ulong)Rflags.Trap : 0)
                | (_random.Next(3) == 0 ? (ulong)Rflags.InterruptEnable : 0);
            script.Blocking = 0;
            guest.SetPage(Code >> 12, Code | All);
            guest.SetPage((Code >> 12) + 1, (Code + 0x1000) | All);
            Current[VmcsNatural.GuestCr4] = Current[VmcsNatural.GuestCr4] & ~(1ul << 20);
            guest.Write(0x2000, 0x3027ul);
            SetRing(0);
            switch (_random.Next(30))
            {
                case 0: guest.SetPage(Code >> 12, OtherCode | All); break;
                case 1: guest.SetPage(Code >> 12, Code | (All - 1)); break;
                case 2: guest.SetPage(Code >> 12, Code | All | (1ul << 63)); break;
                case 3: guest.SetPage((Code >> 12) + 1, 0); break;
                case 4: Current[VmcsNatural.GuestCr4] = Current[VmcsNatural.GuestCr4] | (1ul << 20); break;
                case 5: guest.SetPage(Code >> 12, Code | (All - 4)); SetRing(3); break;
                case 6: SetRing(3); break;
                case 7:
                    guest.Write(AddressOf(slot), Bytes(Random(linear, AddressOf(slot)), AddressOf(slot)));
                    _slots[slot] = default;
                    break;
                case 8: guest.Write(0x2000, 0x3023ul); break;
                case 9: script.Sti(); break;
                case 10: guest.Vm->Memory.Table.IsStale = true; break;
                case 11:
                    guest.Write(OtherCode + (AddressOf(slot) & 0xFFF), Bytes(_slots[slot], AddressOf(slot)));
                    guest.SetPage(Code >> 12, OtherCode | All);
                    break;
            }
        }

        private static void SetRing(uint ring)
        {
            SetRing(Vmcs16.GuestCsSelector, Vmcs32.GuestCsAccessRights, ring);
            SetRing(Vmcs16.GuestSsSelector, Vmcs32.GuestSsAccessRights, ring);
        }

        private static void SetRing(Vmcs16 selector, Vmcs32 rights, uint ring)
        {
            Current[selector] = (ushort)((Current[selector] & ~3u) | ring);
            Current[rights] = (Current[rights] & ~0x60u) | (ring << 5);
        }

        private static string Show(DeviceGuest guest, ScriptedGuest script)
        {
            ulong[] registers = new ulong[16];
            for (int i = 0; i < 16; i++)
            {
                registers[i] = i == 4 ? 0 : script.Registers[i];
            }

            string events = string.Join(", ", script.Events);
            script.Events.Clear();
            ulong apic = Sum(guest.Vm->Board.Apic->Page), hpet = 0;
            foreach (uint offset in s_hpet)
            {
                hpet = (hpet * 31) + guest.Vm->Board.Hpet.Read(offset & ~7u, 8, 0);
            }

            return $"{string.Join(' ', registers.Select(register => register.ToString("X")))} "
                + $"rip {script.Rip:X} flags {script.Rflags:X} blocking {script.Blocking:X} cr2 {Cpu.Soft.Cr2:X} "
                + $"apic {apic:X} hpet {hpet:X} step {Current[VmcsNatural.GuestPendingDebugExceptions]:X} [{events}]";
        }

        private static ulong Sum(byte* page)
        {
            ulong sum = 0;
            for (int i = 0; i < 1024; i++)
            {
                sum = (sum * 31) + ((uint*)page)[i];
            }

            return sum;
        }
    }

    private sealed class BytesWriter : CodeWriter
    {
        public List<byte> Bytes { get; } = [];

        public override void WriteByte(byte value) => Bytes.Add(value);
    }
}
