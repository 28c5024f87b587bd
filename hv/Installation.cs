// A machine with its guests and its console: all that stays between one run and the next. It does not move.
namespace MinusOne.Hv;

internal unsafe struct Installation
{
    public Machine Machine;

    private VmSlots _slots;
    private Rotas _rotas;
    private ConsoleInput _console;
    private Lan _lan;
    private TraceRecorder _recorder;
    private SnapshotShelf _snapshots;
    private Debugger _debugger;

    [UnscopedRef]
    public ref Debugger Debugger => ref _debugger;

    // Rooms get what rooms behind them are to do: reports, the monitor, lessons.
    public Machine* Connect()
    {
        Machine.Slots = Unsafe.AsPointer(ref _slots);
        Machine.Lan = (Lan*)Unsafe.AsPointer(ref _lan);
        Machine.Console = Unsafe.AsPointer(ref _console);
        Machine.Debugger = Unsafe.AsPointer(ref _debugger);
        Machine.Recorder = Unsafe.AsPointer(ref _recorder);
        Machine.Snapshots = Unsafe.AsPointer(ref _snapshots);
        Machine.Hooks = new Hooks
        {
            Configured = &Debug.Debugger.Configured,
            WorkedOut = &LessonHooks.WorkOut,
            Prepared = &LessonHooks.Prepare,
            Begun = &Debug.Debugger.Begun,
            Started = &GuestSnapshot.GoOn,
            NotEntered = &EntryFailures.Tell,
            Ended = &Debug.Debugger.Ended,
            Gone = &MonitorSnapshot.Forget,
            HomeOf = &Membership.HomeOf,
            Joined = &Membership.TryJoin,
            Left = &Membership.Left,
            Taken = &GuestLock.Take,
            Entered = &GuestLock.TryEnter,
            Gathered = &Membership.TryGather,
            IsAtWork = &Rota.IsAtWork,
            Held = &Standstill.Rest,
            Unused = &Standstill.Wait,
            AllEnded = &RunReport.Print,
            Asked = &Debug.Debugger.Asked,
        };
        Machine.BoardCalls = new BoardCalls
        {
            Sent = &SerialLine.Send,
            Said = &SerialLine.Say,
            Look = &Debug.Debugger.Look,
            Ended = &Vm.Ended,
        };
        ConnectShort(ref Machine.BoardCalls);
        ConnectProcessors();
        return (Machine*)Unsafe.AsPointer(ref Machine);
    }

    private void ConnectProcessors()
    {
        var machine = (Machine*)Unsafe.AsPointer(ref Machine);
        machine->ProcessorCount = Math.Max(1, machine->ProcessorCount);
        for (int i = 0; i < HostProcessor.Most; i++)
        {
            machine->At(i)->Machine = machine;
            machine->At(i)->Number = (uint)i;
            _rotas[i].Join(machine->At(i));
        }
    }

    // What the short path of an exit calls through a pointer. The build finds it here, and follows it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ConnectShort(ref BoardCalls calls) => calls.Woken = &GuestLock.Woken;

    [InlineArray(HostProcessor.Most)]
    private struct Rotas { private Rota _first; }
}
