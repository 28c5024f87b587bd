// The three MSR areas of a VMCS: what an entry loads, what an exit stores and loads. SDM 3C 28.4 Loading MSRs, 29.4
// Saving MSRs, 29.6 Loading MSRs.
namespace MinusOne.Tests.Model;

internal static class MsrAreas
{
    private const ulong EntrySize = 16;

    // 0, or the number of the entry that failed, counted from 1.
    public static uint Load(SoftProcessor cpu, ulong area, uint count)
    {
        for (uint i = 0; i < count; i++)
        {
            Hpa entry = new(area + (i * EntrySize));
            ulong key = cpu.Memory.Read<ulong>(entry), value = cpu.Memory.Read<ulong>(entry + 8);
            bool loadable = key >> 32 == 0 && !IsX2Apic(key) && (Msr)key is not (Msr.FsBase or Msr.GsBase);
            if (!loadable || !cpu.TryWriteMsr((uint)key, value))
            {
                return i + 1;
            }
        }

        return 0;
    }

    public static uint Store(SoftProcessor cpu, ulong area, uint count)
    {
        for (uint i = 0; i < count; i++)
        {
            Hpa entry = new(area + (i * EntrySize));
            ulong key = cpu.Memory.Read<ulong>(entry);
            if (key >> 32 != 0 || IsX2Apic(key) || !cpu.TryReadMsr((uint)key, out ulong value))
            {
                return i + 1;
            }

            cpu.Memory.Write(entry + 8, value);
        }

        return 0;
    }

    private static bool IsX2Apic(ulong key) => (uint)key >> 8 == 8;
}
