// `run check`: examine the processor, print the table, turn virtualisation on and off again, and return to firmware.

using System;
using MinusOne.Efi.Console;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Metal;
using MinusOne.Efi.Metal.Clocks;
using MinusOne.Efi.Options;
using MemoryType = MinusOne.Efi.Firmware.MemoryType;

namespace MinusOne.Efi;

internal static unsafe class CheckCommand
{
    public static EfiStatus Run(OptionText options)
    {
        Streams.KeepsConsole = true;
        CpuFacts facts = RunCommand.Examine(options);
        FactsTable.Print(facts);
        WeaknessTable.Print(facts.Speculation);
        MachineReport.Tell();
        bool hasClock = MachineTables.MeasureTsc() != 0;
        Refusal refusal = facts.Verdict;
        if (refusal == Refusal.None)
        {
            refusal = TurnOnAndOff();
        }

        if (refusal != Refusal.None)
        {
            Writer.Console.Text(Extension).Text(Names.OfRefusal((uint)refusal)).EndLine();
            Writer.Log.Text("minusone: "u8).Text(Names.OfRefusal((uint)refusal)).EndLine();
            EfiMain.Banner(": back to firmware"u8);
            MachineReport.Save();
            return Ending.Refuse(EfiStatus.Unsupported);
        }

        if (!hasClock)
        {
            MachineReport.Save();
            return Ending.Refuse(EfiStatus.Unsupported, TscClock.NoClock);
        }

        Writer.Console.Text(Extension).Text("ready"u8).EndLine();
        EfiMain.Banner(": back to firmware"u8);
        MachineReport.Save();
        Ending.Result(status: 0, "ready"u8);
        return EfiStatus.Success;
    }

    private static ReadOnlySpan<byte> Extension => Cpu.IsAmd ? "SVM: "u8 : "VT-x: "u8;

    private static Refusal TurnOnAndOff()
    {
        ulong region = uint.MaxValue;
        if (Services.Boot->AllocatePages(
            AllocateType.MaxAddress, MemoryType.LoaderData, 1, &region) != EfiStatus.Success)
        {
            return Refusal.NoMemory;
        }

        if (Cpu.IsAmd)
        {
            SvmOperation.TurnOn(new Hpa(region));
            SvmOperation.TurnOff();
            Writer.Log.Text("SVM on and off again, host save area at "u8).Hex(region).Text("h"u8).EndLine();
            Services.Boot->FreePages(region, 1);
            return Refusal.None;
        }

        VmxOperation.LockFeatureControlOn();
        ulong cr0 = Cpu.ReadCr0();
        ulong cr4 = Cpu.ReadCr4();
        VmxResult result = VmxOperation.TurnOn(new Hpa(region));
        if (result == VmxResult.Succeed)
        {
            Writer.Log.Text("VMXON at "u8).Hex(region).Text("h succeeded, VMXOFF follows"u8).EndLine();
            VmxOperation.TurnOff();
        }

        Cpu.WriteCr4(cr4);
        Cpu.WriteCr0(cr0);
        Services.Boot->FreePages(region, 1);
        return result == VmxResult.Succeed ? Refusal.None : Refusal.VmxonFailed;
    }
}
