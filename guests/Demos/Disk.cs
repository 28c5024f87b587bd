// A disk, as a driver meets it: found on the PCI bus, its registers where a BAR shows them, a queue in the guest's own
// memory, and an interrupt when a request is done: by a message (MSI-X), or by a line that goes through the I/O APIC.
// Then requests that no driver should make. Virtual I/O Device 1.2, 3.1.1 Driver Requirements: Device Initialization,
// 2.7 Split Virtqueues, 5.2 Block Device.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class Disk
{
    // Written to, and read from.
    private const int Sector = 2;
    private const uint Pattern = 0x6B73_6944;

    public static Guest Guest { get; } = new(
        "disk", "", "a disk of virtio on PCI: found, driven through a queue, heard of by message and by line",
        new GuestConfig(Start.Long(part => Body(part, byMessage: true)))
        {
            Title = "by message: MSI-X",
            Flags = VmFeatures.Pc,
            Devices = LessonDevices.Disk,
        },
        new GuestConfig(Start.Long(part => Body(part, byMessage: false)))
        {
            Title = "by line: INTA through the I/O APIC",
            Flags = VmFeatures.Pc,
            Devices = LessonDevices.Disk,
        });

    private static void Body(GuestCode part, bool byMessage)
    {
        var faults = new Faults(part, DiskCode.Vector);
        var disk = new DiskCode(part, faults, byMessage);
        disk.Find();
        disk.Begin();
        disk.PrintCapacity();

        disk.Request(DiskCode.Name, 0, 20, isWritten: true);
        disk.ExpectStatus(0, "it has no name");
        part.Print("it is called ");
        PrintName(part);

        WriteAndRead(part, disk);
        disk.Request(DiskCode.In, 1 << 30, 512, isWritten: true);
        disk.ExpectStatus(1, "there is something behind its end");
        part.PrintLine("a sector behind its end: an error");
        disk.Circle();
        part.PrintLine("a chain that goes in circles: it needs a reset");
        disk.Begin();
        disk.Request(DiskCode.In, 0, 512, isWritten: true);
        disk.ExpectStatus(0, "it does not work after the reset");
        part.PrintLine("and works again behind it");
        part.PowerOff();
    }

    private static void WriteAndRead(GuestCode part, DiskCode disk)
    {
        Assembler c = part.Code;
        Fill(c, Pattern);
        disk.Request(DiskCode.Out, Sector, 512, isWritten: false);
        disk.ExpectStatus(0, "it cannot be written");
        Fill(c, 0);
        disk.Request(DiskCode.In, Sector, 512, isWritten: true);
        disk.ExpectStatus(0, "it cannot be read");
        c.mov(eax, Pattern);
        c.mov(edi, DiskCode.Data);
        c.mov(ecx, 128);
        c.repe.scasd();
        part.Expect(c.je, "what is read is not what was written");
        part.PrintLine($"sector {Sector}: written and read again");
    }

    private static void Fill(Assembler c, uint value)
    {
        c.mov(eax, value);
        c.mov(edi, DiskCode.Data);
        c.mov(ecx, 128);
        c.rep.stosd();
    }

    private static void PrintName(GuestCode part)
    {
        Assembler c = part.Code;
        c.mov(esi, DiskCode.Data);
        c.mov(dx, GuestCode.SerialPort);
        Place next = part.Here();
        Place end = part.NewPlace();
        c.lodsb();
        c.test(al, al);
        c.je(end);
        c.@out(dx, al);
        c.jmp(next);
        part.Mark(end);
        part.PrintLine("");
    }
}
