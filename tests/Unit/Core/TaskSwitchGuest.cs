// A guest with two tasks of the hardware's, each of 32 or 16 bits: descriptors, both task-state segments, an LDT and
// page tables that map RAM one to one.

using System;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Devices;
using Xunit;

namespace MinusOne.Tests.Unit.Core;

internal sealed unsafe class TaskSwitchGuest : IDisposable
{
    public const ulong Gdt = 0x1_0000, Old = 0x1_1000, New = 0x1_2000, Ldt = 0x1_3000;
    public const ushort OldTask = 0x18, NewTask = 0x20, Table = 0x28;
    public const uint Call = 0, Iret = 1u << 30, Jmp = 2u << 30, Gate = 3u << 30;
    public const uint Interrupt = 0x8000_0030, Nmi = 0x8000_0202, SoftwareInterrupt = 0x8000_0430;
    public const uint GeneralProtection = 0x8000_0B0D;
    public const uint NewIp = 0x8100;

    private const ulong OrdinaryTables = 0x1000;
    private const ulong Paging = 0x8001_0031;

    private readonly bool _is32;

    public TaskSwitchGuest(bool is32 = true, bool was32 = true, bool isPaged = false)
    {
        _is32 = is32;
        VmcsImage image = GoodVmcs.Protected32();
        image[VmcsNatural.GuestRip] = DeviceGuest.Rip;
        image[VmcsNatural.GuestCr0] = isPaged ? Paging : 0x31;
        image[VmcsNatural.GuestCr3] = OrdinaryTables;
        image[VmcsNatural.GuestGdtrBase] = Gdt;
        image[Vmcs32.GuestGdtrLimit] = 0x7F;
        image[VmcsNatural.GuestTrBase] = Old;
        image[Vmcs32.GuestTrLimit] = was32 ? 0x67u : 0x2B;
        image[Vmcs32.GuestTrAccessRights] = was32 ? 0x8Bu : 0x83;
        image[Vmcs16.GuestTrSelector] = OldTask;
        Guest = new DeviceGuest(image);
        ulong[] descriptors =
        [
            0, 0x00CF_9B00_0000_FFFF, 0x00CF_9300_0000_FFFF,
            Task(Old, was32, isBusy: true), Task(New, is32, isBusy: false),
            0x0000_8201_3000_001F, 0x00CF_FB00_0000_FFFF, 0x00CF_F300_0000_FFFF,
        ];
        for (int i = 0; i < descriptors.Length; i++)
        {
            Describe((ushort)(8 * i), descriptors[i]);
        }

        MapAll(OrdinaryTables, 0x2000);
        uint[] state = [NewIp, 0x0000_0046, 1, 2, 3, 4, 0x9000, 6, 7, 8, 0x10, 8, 0x10, 0x10, 0x10, 0x10];
        for (int i = 0; i < (is32 ? 16 : 14); i++)
        {
            Put(i, state[i]);
        }

        if (is32)
        {
            Guest.Write(New + 0x1C, BitConverter.GetBytes((uint)OrdinaryTables));
        }
    }

    public DeviceGuest Guest { get; }

    // The selector's place in a TSS, behind EIP, EFLAGS and eight registers.
    public void Select(GuestSegment segment, ushort selector) => Put(10 + (int)segment, selector);

    public void SelectTable(ushort selector) =>
        Guest.Write(New + (_is32 ? 0x60u : 0x2A), BitConverter.GetBytes(selector));

    // EIP is 0, EFLAGS is 1, EAX is 2.
    public void Put(int field, uint value) => Guest.Write(
        New + (_is32 ? 0x20 + (4 * (ulong)field) : 0xE + (2 * (ulong)field)),
        _is32 ? BitConverter.GetBytes(value) : BitConverter.GetBytes((ushort)value));

    public void Describe(ushort selector, ulong descriptor) =>
        Guest.Write(((selector & 4) != 0 ? Ldt : Gdt) + (selector & ~7u), descriptor);

    public byte TypeOf(ushort selector) => Guest.Read(Gdt + selector + 5, 1)[0];

    public ushort Word(ulong address) => BitConverter.ToUInt16(Guest.Read(address, 2));

    public uint Double(ulong address) => BitConverter.ToUInt32(Guest.Read(address, 4));

    // A page of RAM that is not mapped any more.
    public void Unmap(ulong address) => Guest.Write(0x2000 + (4 * (address >> 12)), 0, 0, 0, 0);

    public void MapAll(ulong directory, ulong table)
    {
        Guest.Write(directory, BitConverter.GetBytes((uint)table | 7));
        for (uint page = 0; page < DeviceGuest.RamBytes >> 12; page++)
        {
            Guest.Write(table + (4 * page), BitConverter.GetBytes((page << 12) | 7));
        }
    }

    // One switch, and HLT in the task or the handler that runs then.
    public void Switch(uint source, uint? cause = null, uint? errorCode = null)
    {
        bool isInstruction = source != Gate || cause == SoftwareInterrupt;
        Guest.Script.Handler = (script, _) => script.Hlt();
        Assert.Equal(GuestEnd.Halted, Guest.Run(new GuestExit(ExitReason.TaskSwitch)
        {
            Qualification = source | NewTask,
            InstructionLength = isInstruction ? 5u : null,
            IdtVectoring = cause ?? (source == Gate ? Interrupt : null),
            IdtVectoringErrorCode = errorCode,
        }));
    }

    // The one exception that the guest has got, in the new task or in the old one.
    public void Got(uint vector, uint? errorCode, bool isNew = true)
    {
        GuestEvent received = Assert.Single(Guest.Script.Events);
        Assert.Equal(vector, received.Vector);
        Assert.Equal(errorCode, received.ErrorCode);
        Assert.Equal(isNew ? NewIp : DeviceGuest.Rip, received.ReturnRip);
        Assert.Equal(isNew ? NewTask : OldTask, Vmcs.Read(Vmcs16.GuestTrSelector));

        // What the switch has delivered does not come again.
        Assert.True(Guest.Vcpu->Events.IsEmpty);
    }

    public void Dispose() => Guest.Dispose();

    private static ulong Task(ulong address, bool is32, bool isBusy) => (address << 16)
        | (is32 ? 0x8900_0000_0067ul : 0x8100_0000_002B) | (isBusy ? 0x0200_0000_0000ul : 0);
}
