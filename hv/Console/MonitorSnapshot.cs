// The monitor's words about snapshots: one is kept in the hypervisor's memory, and put back from there; one with a name
// goes to the runner, by a port, as a file.
namespace MinusOne.Hv.Console;

internal static unsafe class MonitorSnapshot
{
    public static void Run(ref MonitorCall call)
    {
        bool isWord = call.Words.MoveNext();
        bool isSave = isWord && Spelling.Are(call.Words.Current, "save"u8);
        if (!isSave && !(isWord && Spelling.Are(call.Words.Current, "load"u8)))
        {
            MonitorHelp.Usage(ref call, "snapshot"u8, "snapshot wants to know whether to save or to load"u8);
        }
        else if (call.Output == Output.Debugger)
        {
            call.Line.Text("a guest that is being debugged cannot be in a snapshot; let go of it, and use Ctrl-A c"u8)
                .EndLine();
        }
        else if (!isSave)
        {
            Load(ref call);
        }
        else if (call.Words.MoveNext())
        {
            Send(ref call, call.Words.Current);
        }
        else
        {
            Save(ref call);
        }
    }

    private static void Send(ref MonitorCall call, ReadOnlySpan<byte> name)
    {
        SnapshotTrouble trouble = !SnapshotName.IsGood(name) ? SnapshotTrouble.BadName
            : TraceStream.IsOn(call.Vm) ? SnapshotTrouble.PortInUse
            : !Host.HasRecordPort() ? SnapshotTrouble.NoPort
            : GuestSnapshot.CanSave(call.Vm);
        if (trouble != SnapshotTrouble.None)
        {
            Refuse(ref call, "the guest cannot be saved: "u8, trouble);
            return;
        }

        ulong since = Since(in call);
        var length = SnapshotWriter.Counting;
        GuestSnapshot.Save(ref length, call.Vm, call.Vcpu, since, withPages: true);
        if (length.HasFailed)
        {
            Refuse(ref call, "the guest cannot be saved: "u8, SnapshotTrouble.NoFrames);
            return;
        }

        if (length.Bytes > KernelLayout.MostFileBytes)
        {
            call.Line.Text("the guest cannot be saved: its snapshot has "u8).Size(length.Bytes)
                .Text(", and no file is loaded that has more than "u8).Size(KernelLayout.MostFileBytes).EndLine();
            return;
        }

        var writer = SnapshotWriter.Sending;
        writer.Announce(name, length.Bytes);
        GuestSnapshot.Save(ref writer, call.Vm, call.Vcpu, since, withPages: true);
        if (writer.HasFailed)
        {
            call.Line.Text("the snapshot is lost: its port takes nothing any more; snapshot save keeps one in memory"u8)
                .EndLine();
            return;
        }

        call.Line.Text("sent: "u8).Decimal(writer.Pages).Text(" pages that hold something, "u8)
            .Decimal(length.Bytes).Text(" bytes, as "u8).Text(name).EndLine();
    }

    private static void Save(ref MonitorCall call)
    {
        ref KeptSnapshot kept = ref (*SnapshotShelf.Of(call.Vm->Machine))[call.Vm->Number];
        bool isFirst = !kept.IsThere;
        SnapshotTrouble trouble = kept.Save(call.Vm, call.Vcpu, Since(in call));
        if (trouble == SnapshotTrouble.NoFrames)
        {
            call.Line.Text("the guest cannot be saved: "u8).Text(SnapshotTroubles.Text(trouble))
                .Text(" ("u8).Size(kept.Bytes).Text(" are needed)"u8).EndLine();
            return;
        }

        if (trouble != SnapshotTrouble.None)
        {
            Refuse(ref call, "the guest cannot be saved: "u8, trouble);
            return;
        }

        call.Line.Text("saved: "u8).Decimal(kept.Pages).Text(" pages that hold something"u8);
        if (!isFirst)
        {
            call.Line.Text(", "u8).Decimal(kept.Changed).Text(" changed since the last snapshot"u8);
        }

        call.Line.Text("; "u8).Decimal(kept.Bytes).Text(" bytes copied into the hypervisor's memory"u8).EndLine();
    }

    private static void Load(ref MonitorCall call)
    {
        ref KeptSnapshot kept = ref (*SnapshotShelf.Of(call.Vm->Machine))[call.Vm->Number];
        if (!kept.IsThere)
        {
            call.Line.Text("nothing was saved of this guest; snapshot save does that"u8).EndLine();
            return;
        }

        SnapshotTrouble trouble = kept.Load(call.Vm, call.Vcpu, Since(in call));
        if (trouble != SnapshotTrouble.None)
        {
            Refuse(ref call, "the snapshot cannot be loaded: "u8, trouble);
            call.Ends = trouble == SnapshotTrouble.BrokenOff;
            return;
        }

        call.Line.Text("loaded: the guest stands where it stood then"u8).EndLine();
    }

    // The guest has gone. One that begins anew finds its snapshot.
    public static void Forget(Vm* vm)
    {
        SerialLine.Forget(vm);
        GuestSnapshot.Forget(vm);
        (*SnapshotShelf.Of(vm->Machine))[vm->Number].Leave();
        if ((VmSlot.Of(vm)->Left | VmSlot.Of(vm)->Plays) == 0 || vm->Machine->IsStopped)
        {
            (*SnapshotShelf.Of(vm->Machine))[vm->Number].Release();
        }
    }

    private static ulong Since(in MonitorCall call) => call.Since != 0 ? call.Since : Cpu.ReadTsc();

    // What is neither the one guest nor the other is over.
    private static void Refuse(ref MonitorCall call, ReadOnlySpan<byte> what, SnapshotTrouble trouble)
    {
        call.Line.Text(what).Text(SnapshotTroubles.Text(trouble)).EndLine();
        if (trouble == SnapshotTrouble.BrokenOff)
        {
            VmSlot.Of(call.Vm)->Stop();
        }
    }
}
