// What a stranger's machine is, for a report about it. `run check` tells it in the log, and then puts everything that
// it has said, table and all, into \minusone\report.txt. What firmware says here is shown, not believed.

using System;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Host;
using MinusOne.Efi.Metal;
using MemoryType = MinusOne.Efi.Firmware.MemoryType;

namespace MinusOne.Efi;

internal static unsafe class MachineReport
{
    private const int MostLetters = 40;
    private const uint MostTables = 64;

    public static void Tell()
    {
        Firmware();
        Processor();
        Memory();
        Tables();
        Screen.Describe();
        Streams.Describe();
        Keyboard.Find().TellAll();
        bool hasIommu = MachineTables.Acpi.Find(FirmwareTables.Dmar).IsThere
            || MachineTables.Acpi.Find(FirmwareTables.Ivrs).IsThere;
        Writer.Log.Text(hasIommu ? "IOMMU: there is one"u8 : "IOMMU: none is named"u8).EndLine();
    }

    // Without a volume there is nothing to write to.
    public static void Save()
    {
        if (KeptLog.Address == 0)
        {
            return;
        }

        KeptLog.Read(KeptLog.Address, out ReadOnlySpan<byte> older, out ReadOnlySpan<byte> newer);
        EfiStatus status = Volume.Write("\\minusone\\report.txt\0", older, newer);
        if (status == EfiStatus.Success)
        {
            Writer.Log.Text("minusone: this is in \\minusone\\report.txt, for a report about this machine"u8).EndLine();
        }
        else if (status != EfiStatus.NotFound)
        {
            Writer.Log.Text("minusone: \\minusone\\report.txt cannot be written (status "u8).Hex((ulong)status & 0xFF)
                .Text("h); copy what stands above"u8).EndLine();
        }
    }

    private static void Firmware()
    {
        SystemTable* system = Services.System;
        Writer line = Writer.Log.Text("firmware: "u8);
        for (int i = 0; system->FirmwareVendor != null && i < MostLetters && system->FirmwareVendor[i] != 0; i++)
        {
            char letter = system->FirmwareVendor[i];
            byte shown = letter is >= ' ' and < '\x7F' ? (byte)letter : (byte)'?';
            line = line.Text(new ReadOnlySpan<byte>(in shown));
        }

        line.Text(", revision "u8).Hex(system->FirmwareRevision, 8).Text("h; UEFI "u8)
            .Decimal(system->Header.Revision >> 16).Text("."u8)
            .Decimal((system->Header.Revision & 0xFFFF) / 10).EndLine();
    }

    // Intel's processors tell their microcode's revision after CPUID was asked, in the upper half. SDM 3A 11.11.7.1
    // Determining the Signature.
    private static void Processor()
    {
        if (!Cpu.IsAmd)
        {
            Cpu.WriteMsr(Msr.MicrocodeSignature, 0);
            Cpu.Cpuid(1);
        }

        ulong signature = Cpu.ReadMsr(Msr.MicrocodeSignature);
        Writer.Log.Text("microcode: revision "u8).Hex(Cpu.IsAmd ? (uint)signature : signature >> 32)
            .Text("h"u8).EndLine();
    }

    private static void Memory()
    {
        ref readonly MemoryListing map = ref MachineTables.Map;
        Writer.Log.Text("memory map: "u8).Decimal(map.Lines).Text(" lines; free "u8)
            .Size(map.BytesOf(MemoryType.Conventional))
            .Text(", until firmware leaves "u8)
            .Size(map.BytesOf(MemoryType.BootServicesCode) + map.BytesOf(MemoryType.BootServicesData)
                + map.BytesOf(MemoryType.LoaderCode) + map.BytesOf(MemoryType.LoaderData))
            .Text(", firmware's own "u8)
            .Size(map.BytesOf(MemoryType.RuntimeServicesCode) + map.BytesOf(MemoryType.RuntimeServicesData))
            .Text(", ACPI's "u8).Size(map.BytesOf(MemoryType.AcpiReclaim) + map.BytesOf(MemoryType.AcpiNvs))
            .Text(", reserved "u8).Size(map.BytesOf(MemoryType.Reserved))
            .Text(", broken "u8).Size(map.BytesOf(MemoryType.Unusable)).EndLine();
    }

    private static void Tables()
    {
        Writer line = Writer.Log.Text("ACPI tables:"u8);
        for (uint i = 0; i < MostTables; i++)
        {
            uint name = MachineTables.Acpi.NameOf(i);
            if (name != 0)
            {
                line = line.Text(" "u8).Text(new ReadOnlySpan<byte>(&name, sizeof(uint)));
            }
        }

        line.EndLine();
    }
}
