// Which of a guest's actions exit: the bitmaps and masks of the VMCS, read as the manual says. SDM 3C 27.1.3
// Instructions That Cause VM Exits Conditionally, 26.6.3 Exception Bitmap, 26.6.4 I/O-Bitmap Addresses, 26.6.9
// MSR-Bitmap Address.
namespace MinusOne.Tests.Model;

internal static class Intercepts
{
    private const int PageFault = 14;

    // Any of the ports of a wider access counts, and so does wrapping around behind 0xFFFF.
    public static bool Port(SoftProcessor cpu, ushort port, int bytes)
    {
        if (cpu.Svm.IsRunning)
        {
            return cpu.Svm.ExitsAtPort(port, bytes);
        }

        SoftVmcs vmcs = cpu.Vmx.Current;
        if (!vmcs.Has(PrimaryControls.UseIoBitmaps))
        {
            return vmcs.Has(PrimaryControls.UnconditionalIoExiting);
        }

        for (int i = 0; i < bytes; i++)
        {
            int number = port + i;
            ulong bitmap = vmcs[number < 0x8000 ? Vmcs64.IoBitmapA : Vmcs64.IoBitmapB];
            if (number > 0xFFFF || Bit(cpu, bitmap, (uint)number & 0x7FFF))
            {
                return true;
            }
        }

        return false;
    }

    public static bool Msr(SoftProcessor cpu, uint msr, bool isWrite)
    {
        if (cpu.Svm.IsRunning)
        {
            return cpu.Svm.ExitsAtMsr(msr, isWrite);
        }

        SoftVmcs vmcs = cpu.Vmx.Current;
        bool isLow = msr < 0x2000, isHigh = msr is >= 0xC000_0000 and < 0xC000_2000;
        if (!vmcs.Has(PrimaryControls.UseMsrBitmaps) || !(isLow || isHigh))
        {
            return true;
        }

        ulong quarter = vmcs[Vmcs64.MsrBitmaps] + (isWrite ? 2048u : 0) + (isHigh ? 1024u : 0);
        return Bit(cpu, quarter, msr & 0x1FFF);
    }

    public static bool Exception(SoftVmcs vmcs, byte vector, uint? errorCode)
    {
        bool bit = (vmcs[Vmcs32.ExceptionBitmap] & (1u << vector)) != 0;
        if (vector != PageFault)
        {
            return bit;
        }

        uint masked = (errorCode ?? 0) & vmcs[Vmcs32.PageFaultErrorCodeMask];
        return masked == vmcs[Vmcs32.PageFaultErrorCodeMatch] ? bit : !bit;
    }

    // A bit that the hypervisor owns and that would not be what the guest believes it is.
    public static bool ControlRegister(ulong value, ulong mask, ulong shadow) => ((value ^ shadow) & mask) != 0;

    public static bool Cr3(SoftVmcs vmcs, ulong value)
    {
        if (!vmcs.Has(PrimaryControls.Cr3LoadExiting))
        {
            return false;
        }

        for (uint i = 0; i < vmcs[Vmcs32.Cr3TargetCount]; i++)
        {
            if (vmcs[VmcsNatural.Cr3Target0 + (2 * i)] == value)
            {
                return false;
            }
        }

        return true;
    }

    // LMSW changes the lower four bits, and can set but not clear PE.
    public static bool Lmsw(SoftVmcs vmcs, ushort source)
    {
        ulong mask = vmcs[VmcsNatural.Cr0GuestHostMask], shadow = vmcs[VmcsNatural.Cr0ReadShadow];
        bool setsProtection = (source & mask & ~shadow & 1) != 0;
        return setsProtection || ControlRegister(source, mask & 0xE, shadow);
    }

    private static bool Bit(SoftProcessor cpu, ulong bitmap, uint bit) =>
        (cpu.Memory.Read<byte>(new Hpa(bitmap + (bit >> 3))) & (1 << (int)(bit & 7))) != 0;
}
