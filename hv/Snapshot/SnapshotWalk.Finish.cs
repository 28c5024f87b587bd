// What is left to do when everything in a snapshot has been given: processors start and stop, and what follows from
// all of it is worked out.
namespace MinusOne.Hv.Snapshot;

internal unsafe partial struct SnapshotWalk
{
    // The one that runs now and did not then stops behind its turn, as if it had got an INIT (Finish).
    private readonly void SetStarted(Vcpu* vcpu, bool isStarted)
    {
        if (Vm->Slot == null || (vcpu->Slot != Vcpu.NoSlot) == isStarted)
        {
            return;
        }

        if (isStarted)
        {
            Rota.Of(vcpu)->TryAdd(vcpu, VmSlot.Of(Vm)->Weight, Cpu.ReadTsc());
        }
        else if (vcpu != Loaded)
        {
            Rota.Of(vcpu)->Leave(vcpu);
        }
    }

    // It was saved on the other vendor's virtualisation.
    private readonly bool IsForeign => (_guest.IsAmd != 0) != Vm->Machine->Facts.Processor.IsAmd;

    // What follows from the chips, from the memory, and from the moment.
    private readonly void Finish()
    {
        Board* board = &Vm->Board;
        board->PollDue = _guest.Now;
        board->Bus->Elapse(board, _guest.Now);
        for (int i = 0; i < Vm->VcpuCount; i++)
        {
            Vcpu* vcpu = Vm->At(i);
            VcpuSwitch.To(vcpu);
            if (IsForeign)
            {
                ProcessorImage.ReadPdptes(&Vm->Memory);
            }

            board->WatchPorts(vcpu->Index, (GuestState.SeenCr4 & Cr4.DebuggingExtensions) != 0);
            InterruptRouting.Refresh(board, board->At(vcpu->Index));
            if (Vm->Slot == null || vcpu->Slot == Vcpu.NoSlot)
            {
                continue;
            }

            Rota.Of(vcpu)->Scheduler.Wake(vcpu->Slot, Cpu.ReadTsc());
            if ((_started & (1u << i)) == 0)
            {
                board->At(vcpu->Index)->Signals = StartSignals.Init;
            }
        }

        Deadlines.BoardChanged(board);
        board->Deadline = board->Clock.TscAt(board->Due);
        Deadlines.SetSlice(board, board->SliceEnd);
        if (VmSlot.Of(Vm)->Home->IsShared && Vm->End == GuestEnd.None)
        {
            Vm->Leaving = TurnEnd.Preempted;
        }
    }
}
