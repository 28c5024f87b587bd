// Why a snapshot cannot be had, or a guest not go on from it; and what can be done then.
namespace MinusOne.Hv.Snapshot;

internal enum SnapshotTrouble : byte
{
    None,
    NoSnapshot,
    OtherVersion,
    CutOff,
    Damaged,
    OtherMaker,
    OtherFeatures,
    OtherClock,
    OtherProcessors,
    OtherMemory,
    OtherKind,
    OtherDevices,
    HasDisk,
    HasFilter,
    NoFrames,
    NoClock,
    BadName,
    PortInUse,
    NoPort,
    BrokenOff,
}

internal static class SnapshotTroubles
{
    // A sentence without its end.
    public static ReadOnlySpan<byte> Text(SnapshotTrouble trouble) => trouble switch
    {
        SnapshotTrouble.NoSnapshot => "it is no snapshot; one is made by snapshot save in the monitor"u8,
        SnapshotTrouble.OtherVersion => "another version of MinusOne has made it; load it with that one"u8,
        SnapshotTrouble.CutOff => "its end is missing; save it again, or copy it whole"u8,
        SnapshotTrouble.Damaged => "it was changed after it had been made; save it again"u8,
        SnapshotTrouble.OtherMaker =>
            "its guest calls KVM, or has SYSENTER, as the other vendor has it; load it on one of the same make"u8,
        SnapshotTrouble.OtherFeatures =>
            "its guest has seen features that this processor lacks; save one that began with --set portable=on"u8,
        SnapshotTrouble.OtherClock =>
            "its guest's time-stamp counter has a rate that cannot be kept up here; choose the same machine"u8,
        SnapshotTrouble.OtherProcessors => "its guest has another number of processors; give as many by --vcpus"u8,
        SnapshotTrouble.OtherMemory => "its guest has another amount of memory; give as much by --memory"u8,
        SnapshotTrouble.OtherKind =>
            "its guest is another kind of machine, or is told of another hypervisor; load it with its own options"u8,
        SnapshotTrouble.OtherDevices =>
            "its guest has other devices; give it the same by --disk, and by console, rng, balloon and net"u8,
        SnapshotTrouble.HasDisk =>
            "a guest with a disk that it can write to cannot be in a snapshot; give it the disk by --disk FILE:ro"u8,
        SnapshotTrouble.HasFilter =>
            "a lesson or a debugger stands before its exits, and is in no snapshot; run the guest without"u8,
        SnapshotTrouble.NoFrames => "no memory is left that no guest was promised; give the guest less by --memory"u8,
        SnapshotTrouble.NoClock => "this processor cannot give a guest a time-stamp counter of its own"u8,
        SnapshotTrouble.BadName =>
            "a name has at most 32 letters, digits, dots and hyphens, and begins with a letter"u8,
        SnapshotTrouble.PortInUse =>
            "a trace is on the port that it would go by; run the guest without --trace or --profile"u8,
        SnapshotTrouble.NoPort =>
            "it would go by the serial port at 2E8h (COM4), and there is none; without a name it stays in memory"u8,
        _ => "its guest's memory cannot be had here; give the guest less by --memory"u8,
    };
}
