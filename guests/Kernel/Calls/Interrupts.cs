// Every interrupt and exception ends here: a device is served, a program's page appears, a program that broke a rule
// ends. The kernel itself has no excuse.

using System;
using System.Runtime;
using MinusOne.Guests.Kernel.Boot;
using MinusOne.Guests.Kernel.Devices;
using MinusOne.Guests.Kernel.Machine;
using MinusOne.Guests.Kernel.Memory;
using MinusOne.Guests.Kernel.Shared;
using MinusOne.Guests.Kernel.Tasks;

namespace MinusOne.Guests.Kernel.Calls;

internal static unsafe class InterruptRouting
{
    private const uint FirstDevice = 0x20;

    [RuntimeExport("HandleInterrupt")]
    private static void Handle(Frame* frame)
    {
        if (frame->Vector == (uint)ExceptionVector.Nmi)
        {
            return;
        }

        Processor* processor = Cpu.CurrentProcessor();
        if (frame->Vector == Requests.Vector)
        {
            LocalApic.EndOfInterrupt();
            processor->Interrupts++;
            Requests.Answer(processor);
            return;
        }

        // Only an exception comes from inside, and while the kernel starts a device.
        bool enters = !processor->IsInside;
        if (enters)
        {
            KernelLock.Enter();
        }

        Serve(frame);
        if (frame->IsFromProgram)
        {
            Scheduler.Checkpoint();
        }

        if (enters)
        {
            KernelLock.Leave();
        }
    }

    private static void Serve(Frame* frame)
    {
        switch ((uint)frame->Vector)
        {
            case LocalApic.TimerVector:
                LocalApic.EndOfInterrupt();
                Timer.Fired();
                Scheduler.TimerInterrupt();
                break;
            case IoApic.SerialVector:
                LocalApic.EndOfInterrupt();
                Uart.Interrupt();
                break;
            case Scheduler.Vector:
                LocalApic.EndOfInterrupt();
                Scheduler.Decide();
                break;
            case < FirstDevice:
                HandleException(frame);
                break;
        }
    }

    private static void HandleException(Frame* frame)
    {
        ulong address = Cpu.ReadCr2();
        var vector = (ExceptionVector)frame->Vector;
        if (!frame->IsFromProgram || vector is ExceptionVector.DoubleFault or ExceptionVector.MachineCheck)
        {
            Writer.Console.Text("\nexception "u8).Decimal(frame->Vector).Text(" error "u8).Hex(frame->ErrorCode)
                .Text(" at "u8).Hex(frame->Rip).Text(" CR2 "u8).Hex(address).Text(" RSP "u8).Hex(frame->Rsp).EndLine();
            Panic.Fail("the kernel faulted"u8);
        }

        ExitReport report = new()
        {
            Kind = ExitKind.Exception,
            Vector = (uint)vector,
            ErrorCode = (uint)frame->ErrorCode,
            Address = address,
            Rip = frame->Rip,
        };
        if (vector == ExceptionVector.PageFault)
        {
            Counters.PageFaults++;
            PageOutcome outcome = UserPages.Resolve(Scheduler.Current, address, (PageFaultError)frame->ErrorCode);
            if (outcome == PageOutcome.Done)
            {
                return;
            }

            report.Kind = outcome == PageOutcome.OutOfMemory ? ExitKind.OutOfMemory : ExitKind.Exception;
        }

        Process.End(report);
    }
}
