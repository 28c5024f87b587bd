// The GUIDs by which firmware finds protocols and tables.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal readonly struct Guid
{
    public readonly ulong Low;
    public readonly ulong High;

    // The two halves as they lie in memory.
    private Guid(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    // 5B1B31A1-9562-11D2-8E3F-00A0C969723B
    public static Guid LoadedImage => new(0x11D2_9562_5B1B_31A1, 0x3B72_69C9_A000_3F8E);

    // 964E5B22-6459-11D2-8E39-00A0C969723B
    public static Guid SimpleFileSystem => new(0x11D2_6459_964E_5B22, 0x3B72_69C9_A000_398E);

    // 9042A9DE-23DC-4A38-96FB-7ADED080516A
    public static Guid GraphicsOutput => new(0x4A38_23DC_9042_A9DE, 0x6A51_80D0_DE7A_FB96);

    // 8BE4DF61-93CA-11D2-AA0D-00E098032B8C
    public static Guid GlobalVariable => new(0x11D2_93CA_8BE4_DF61, 0x8C2B_0398_E000_0DAA);

    // 387477C2-69C7-11D2-8E39-00A0C969723B
    public static Guid SimpleTextOutput => new(0x11D2_69C7_3874_77C2, 0x3B72_69C9_A000_398E);

    // 03C4E603-AC28-11D3-9A2D-0090273FC14D
    public static Guid PxeBaseCode => new(0x11D3_AC28_03C4_E603, 0x4DC1_3F27_9000_2D9A);

    // 09576E91-6D3F-11D2-8E39-00A0C969723B
    public static Guid DevicePath => new(0x11D2_6D3F_0957_6E91, 0x3B72_69C9_A000_398E);

    // BDC8E6AF-D9BC-4379-A72A-E0C4E75DAE1C
    public static Guid HttpServiceBinding => new(0x4379_D9BC_BDC8_E6AF, 0x1CAE_5DE7_C4E0_2AA7);

    // 7A59B29B-910B-4171-8242-A85A0DF25B5B
    public static Guid Http => new(0x4171_910B_7A59_B29B, 0x5B5B_F20D_5AA8_4282);

    // 3FDDA605-A76E-4F46-AD29-12F4531B3D08
    public static Guid ProcessorServices => new(0x4F46_A76E_3FDD_A605, 0x083D_1B53_F412_29AD);

    // 8868E871-E4F1-11D3-BC22-0080C73C8881
    public static Guid Acpi2 => new(0x11D3_E4F1_8868_E871, 0x8188_3CC7_8000_22BC);

    // EB9D2D30-2D88-11D3-9A16-0090273FC14D
    public static Guid Acpi1 => new(0x11D3_2D88_EB9D_2D30, 0x4DC1_3F27_9000_169A);

    public bool Is(in Guid other) => Low == other.Low && High == other.High;
}
