// Every vector of the host's IDT arrives here. An exception in a stub that expects one is recovered; anything else is
// a defect of the hypervisor or of the machine: it is reported in full, once, and the host stops. It never reboots
// silently.

using System;
using System.Runtime;
using MinusOne.Efi.Console;

namespace MinusOne.Efi.Host;

internal static unsafe class HostExceptions
{
    private const int StackWords = 24;
    private const ulong FirstInterrupt = 32;

    private static bool s_reporting;

    [RuntimeExport("HostException")]
    private static void Arrive(HostFrame* frame)
    {
        if (frame->Vector == (ulong)ExceptionVector.GeneralProtection && TryRecover(frame))
        {
            return;
        }

        if (frame->Vector == (ulong)ExceptionVector.Debug && Cpu.IsAmd)
        {
            // A trap that the guest was about to have when it exited: an emulator brings it behind VMRUN.
            return;
        }

        bool isTick = frame->Vector == TickByNmi.Vector && SvmCpu.Processor.HasTick;
        if (frame->Vector >= FirstInterrupt || isTick)
        {
            // Interrupts come only where somebody waits for one (hv/Svm/SvmCpu.cs), and learns its vector so.
            frame->General[0] = frame->Vector;
            return;
        }

        ConsoleLock.Seize();
        if (!s_reporting)
        {
            s_reporting = true;
            Screen.GiveUpIfDrawing();
            Report(frame);
        }

        Panic.Stop();
    }

    private static bool TryRecover(HostFrame* frame)
    {
        for (ulong* entry = HostCpu.RecoveryTableAddress(); *entry != 0; entry += 2)
        {
            if (entry[0] == frame->Rip)
            {
                frame->Rip = entry[1];
                return true;
            }
        }

        return false;
    }

    private static void Report(HostFrame* frame)
    {
        Writer line = Writer.Log.Text("panic: host exception "u8).Decimal(frame->Vector).Text(" ("u8)
            .Text(Names.OfException((uint)frame->Vector)).Text("), error code "u8).Hex(frame->ErrorCode)
            .Text("h"u8);
        line = HostMemory.Processors == 1
            ? line
            : line.Text(", processor "u8).Decimal(ProcessorBlock.Current->Number);
        line.EndLine();
        uint known = (uint)Failure.HostInvalidOpcode - (uint)ExceptionVector.InvalidOpcode + (uint)frame->Vector;
        FailureReport.Explain(Output.Log, FailureReport.Has(known) ? known : (uint)Failure.HostException);
        if (frame->Vector == (ulong)ExceptionVector.MachineCheck)
        {
            MachineCheckExits.MayGoOn();
        }

        SymbolMap.Write(Writer.Log.Text("  RIP "u8).Hex(frame->Rip, 16).Text(" "u8), frame->Rip).EndLine();
        Writer.Log.Text("  RFLAGS "u8).Hex(frame->Rflags).Text("  CS "u8).Hex(frame->Cs).Text("  SS "u8).Hex(frame->Ss)
            .Text("  CR0 "u8).Hex(Cpu.ReadCr0()).Text("  CR2 "u8).Hex(Cpu.ReadCr2())
            .Text("  CR3 "u8).Hex(Cpu.ReadCr3()).Text("  CR4 "u8).Hex(Cpu.ReadCr4()).EndLine();
        ReportRegisters(frame);
        ReportStack(frame);
    }

    private static void ReportRegisters(HostFrame* frame)
    {
        for (int number = 0; number < 16; number += 4)
        {
            Writer line = Writer.Log.Text(" "u8);
            for (int i = number; i < number + 4; i++)
            {
                ulong value = i == 4 ? frame->Rsp : frame->General[i];
                line = line.Text(" "u8).Text(RegisterNames.Of(i)).Text(" "u8).Hex(value, 16);
            }

            line.EndLine();
        }
    }

    // Words that point into our code tell the way here; the others are left out, but for the first few.
    private static void ReportStack(HostFrame* frame)
    {
        var stack = (ulong*)(frame->Rsp & ~7UL);
        for (int i = 0; i < StackWords; i++)
        {
            if (!HostMemory.IsStack((ulong)(stack + i)))
            {
                break;
            }

            if (i < 4 || SymbolMap.IsCode(stack[i]))
            {
                Writer line = Writer.Log.Text("  stack+"u8).Hex((ulong)i * 8, 2).Text(" "u8).Hex(stack[i], 16)
                    .Text(" "u8);
                SymbolMap.Write(line, stack[i]).EndLine();
            }
        }
    }
}
