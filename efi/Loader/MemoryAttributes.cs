// The protocol of firmware that keeps memory from being written or executed. UEFI specification 37.

using System.Runtime.InteropServices;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Loader;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MemoryAttributes
{
    public const ulong NoExecute = 0x4000;
    public const ulong ReadOnly = 0x2_0000;

    private void* _get;
    private delegate* unmanaged<MemoryAttributes*, ulong, ulong, ulong, EfiStatus> _set;
    private delegate* unmanaged<MemoryAttributes*, ulong, ulong, ulong, EfiStatus> _clear;

    // Null: firmware has none.
    public static MemoryAttributes* Find(BootServices* boot)
    {
        Guid protocol = Guid.MemoryAttribute;
        void* found = null;
        return boot->LocateProtocol(&protocol, null, &found) == EfiStatus.Success ? (MemoryAttributes*)found : null;
    }

    // These, and the others not. Addresses of pages.
    public bool TrySet(ulong address, ulong length, ulong attributes)
    {
        ulong others = (NoExecute | ReadOnly) & ~attributes;
        fixed (MemoryAttributes* self = &this)
        {
            return (attributes == 0 || _set(self, address, length, attributes) == EfiStatus.Success)
                && (others == 0 || _clear(self, address, length, others) == EfiStatus.Success);
        }
    }
}
