// A snapshot that a guest is to go on from: looked through to its end, and asked which guest it is of, before anything
// starts. What it says of processors is the image's to compare.

using System;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace MinusOne.Ovmf.Runner.Options;

internal sealed record SnapshotFile(string Guest, ulong MemoryBytes, int Vcpus)
{
    public static unsafe SnapshotFile Read(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        SnapshotTrouble trouble = Look(bytes, out ReadOnlySpan<byte> first);
        if (trouble == SnapshotTrouble.None && first.Length != sizeof(SnapshotGuest))
        {
            trouble = SnapshotTrouble.Damaged;
        }

        if (trouble != SnapshotTrouble.None)
        {
            string reason = Encoding.ASCII.GetString(SnapshotTroubles.Text(trouble));
            throw new SetUpException($"cannot load '{file}': {reason}");
        }

        SnapshotGuest guest = MemoryMarshal.Read<SnapshotGuest>(first);
        var name = new ReadOnlySpan<byte>(guest.Name, SnapshotGuest.LongestName);
        return new(Encoding.ASCII.GetString(name).TrimEnd('\0'), guest.MemoryBytes, (int)guest.Vcpus);
    }

    // The content of the first section; it is the guest's.
    private static SnapshotTrouble Look(byte[] bytes, out ReadOnlySpan<byte> first)
    {
        first = default;
        int magic = SnapshotFormat.Magic.Length, at = magic + sizeof(uint);
        if (!bytes.AsSpan().StartsWith(SnapshotFormat.Magic))
        {
            return SnapshotTrouble.NoSnapshot;
        }

        if (bytes.Length < at)
        {
            return SnapshotTrouble.CutOff;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(magic)) != SnapshotFormat.Version)
        {
            return SnapshotTrouble.OtherVersion;
        }

        SnapshotSection kind = default;
        while (kind != SnapshotSection.End)
        {
            SnapshotTrouble trouble = Section(bytes.AsSpan(at), out SnapshotSection next, out int length);
            bool isFirst = kind == default;
            if (trouble != SnapshotTrouble.None || (next == SnapshotSection.Guest) != isFirst)
            {
                return trouble == SnapshotTrouble.None ? SnapshotTrouble.Damaged : trouble;
            }

            first = isFirst ? bytes.AsSpan(at + SnapshotFormat.HeadBytes, length) : first;
            at += SnapshotFormat.HeadBytes + length + SnapshotFormat.SumBytes;
            kind = next;
        }

        return at == bytes.Length ? SnapshotTrouble.None : SnapshotTrouble.Damaged;
    }

    // One section, with what its content is long.
    private static SnapshotTrouble Section(ReadOnlySpan<byte> rest, out SnapshotSection kind, out int length)
    {
        kind = default;
        length = 0;
        if (rest.Length < SnapshotFormat.HeadBytes)
        {
            return SnapshotTrouble.CutOff;
        }

        kind = (SnapshotSection)BinaryPrimitives.ReadUInt32LittleEndian(rest);
        uint told = BinaryPrimitives.ReadUInt32LittleEndian(rest[sizeof(uint)..]);
        if ((ulong)rest.Length < (ulong)told + SnapshotFormat.HeadBytes + SnapshotFormat.SumBytes)
        {
            return SnapshotTrouble.CutOff;
        }

        length = (int)told;
        ReadOnlySpan<byte> whole = rest[..(SnapshotFormat.HeadBytes + length)];
        uint sum = BinaryPrimitives.ReadUInt32LittleEndian(rest[whole.Length..]);
        return sum == ~SnapshotFormat.Sum(~0u, whole) ? SnapshotTrouble.None : SnapshotTrouble.Damaged;
    }
}
