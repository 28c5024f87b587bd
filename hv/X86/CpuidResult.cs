// The four registers CPUID answers in.
namespace MinusOne.Hv.X86;

internal struct CpuidResult
{
    public uint Eax;
    public uint Ebx;
    public uint Ecx;
    public uint Edx;
}
