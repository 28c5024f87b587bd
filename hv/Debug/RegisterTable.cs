// The registers as a debugger counts them: names, widths and groups, and the description of them that it asks for. The
// groups whose names begin with org.gnu are GDB's own, in its order; the last is ours. GDB manual, G.5 Standard Target
// Features, i386 Features.
namespace MinusOne.Hv.Debug;

internal static class RegisterTable
{
    public const int Rip = 16, Flags = 17, FirstSegment = 18, FirstX87 = 24, FirstX87Control = 32;
    public const int FirstXmm = 40, Mxcsr = 56, FsBase = 57, GsBase = 58, FirstSystem = 59;

    private const int MostBits = 128;

    private static ReadOnlySpan<byte> Core =>
        "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags cs ss ds es fs gs "u8 +
        "st0 st1 st2 st3 st4 st5 st6 st7 fctrl fstat ftag fiseg fioff foseg fooff fop"u8;

    private static ReadOnlySpan<byte> Sse =>
        "xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7 xmm8 xmm9 xmm10 xmm11 xmm12 xmm13 xmm14 xmm15 mxcsr"u8;

    private static ReadOnlySpan<byte> Segments => "fs_base gs_base"u8;

    // In the order of SystemRegister.
    private static ReadOnlySpan<byte> System =>
        "cr0 cr2 cr3 cr4 cr8 efer dr0 dr1 dr2 dr3 dr6 dr7 "u8 +
        "es_base cs_base ss_base ds_base ldtr_base tr_base gdtr_base idtr_base "u8 +
        "es_limit cs_limit ss_limit ds_limit fs_limit gs_limit ldtr_limit tr_limit gdtr_limit idtr_limit "u8 +
        "es_rights cs_rights ss_rights ds_rights fs_rights gs_rights ldtr_rights tr_rights ldtr tr "u8 +
        "star lstar cstar fmask kernel_gs_base tsc_aux sysenter_cs sysenter_esp sysenter_eip pat debugctl activity"u8;

    private static ReadOnlySpan<byte> Avx =>
        "ymm0h ymm1h ymm2h ymm3h ymm4h ymm5h ymm6h ymm7h "u8 +
        "ymm8h ymm9h ymm10h ymm11h ymm12h ymm13h ymm14h ymm15h"u8;

    public const int Systems = 52;
    public const int FirstYmm = FirstSystem + Systems;
    public const int Ymms = 16;

    // Without AVX the last group is missing.
    public static int Count(bool hasAvx) => hasAvx ? FirstYmm + Ymms : FirstYmm;

    public static int Bytes(int register) => register switch
    {
        < Flags => 8,
        < FirstX87 => 4,
        < FirstX87Control => 10,
        < FirstXmm => 4,
        < Mxcsr => MostBits / 8,
        Mxcsr => 4,
        < FirstYmm => 8,
        _ => MostBits / 8,
    };

    public static ulong DescriptionBytes(ref GdbLink link, bool hasAvx)
    {
        var nothing = new TextWindow(ref link, 0, 0);
        Describe(ref nothing, hasAvx);
        return nothing.Bytes;
    }

    // The description, as far as it lies in the window.
    public static void Describe(ref TextWindow text, bool hasAvx)
    {
        text.Put("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"u8);
        text.Put("<architecture>i386:x86-64</architecture>"u8);
        int number = 0;
        Group(ref text, "org.gnu.gdb.i386.core"u8, default, Core, ref number);
        Group(ref text, "org.gnu.gdb.i386.sse"u8, Vectors, Sse, ref number);
        Group(ref text, "org.gnu.gdb.i386.segments"u8, default, Segments, ref number);
        Group(ref text, "org.minusone.system"u8, default, System, ref number);
        if (hasAvx)
        {
            Group(ref text, "org.gnu.gdb.i386.avx"u8, default, Avx, ref number);
        }

        text.Put("</target>"u8);
    }

    private static ReadOnlySpan<byte> Vectors =>
        "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/><vector id=\"v2d\" type=\"ieee_double\" count=\"2\"/>"u8 +
        "<vector id=\"v16i8\" type=\"int8\" count=\"16\"/><vector id=\"v8i16\" type=\"int16\" count=\"8\"/>"u8 +
        "<vector id=\"v4i32\" type=\"int32\" count=\"4\"/><vector id=\"v2i64\" type=\"int64\" count=\"2\"/>"u8 +
        "<union id=\"vec128\"><field name=\"v4_float\" type=\"v4f\"/><field name=\"v2_double\" type=\"v2d\"/>"u8 +
        "<field name=\"v16_int8\" type=\"v16i8\"/><field name=\"v8_int16\" type=\"v8i16\"/>"u8 +
        "<field name=\"v4_int32\" type=\"v4i32\"/><field name=\"v2_int64\" type=\"v2i64\"/>"u8 +
        "<field name=\"uint128\" type=\"uint128\"/></union>"u8;

    private static void Group(
        ref TextWindow text, ReadOnlySpan<byte> name, ReadOnlySpan<byte> types, ReadOnlySpan<byte> registers,
        ref int number)
    {
        text.Put("<feature name=\""u8);
        text.Put(name);
        text.Put("\">"u8);
        text.Put(types);
        foreach (ReadOnlySpan<byte> register in new WordList(registers))
        {
            text.Put("<reg name=\""u8);
            text.Put(register);
            text.Put("\" bitsize=\""u8);
            text.Decimal((uint)Bytes(number) * 8);
            text.Put("\" type=\""u8);
            text.Put(TypeOf(number++));
            text.Put(number > FirstSystem && number <= FirstYmm ? "\" group=\"system\"/>"u8 : "\"/>"u8);
        }

        text.Put("</feature>"u8);
    }

    private static ReadOnlySpan<byte> TypeOf(int register) => register switch
    {
        Rip => "code_ptr"u8,
        6 or 7 => "data_ptr"u8,
        < Flags => "int64"u8,
        < FirstX87 => "int32"u8,
        < FirstX87Control => "i387_ext"u8,
        < FirstXmm => "int"u8,
        < Mxcsr => "vec128"u8,
        Mxcsr => "int"u8,
        < FirstYmm => "int64"u8,
        _ => "uint128"u8,
    };
}

// Of a long text, the part that was asked for; whoever writes it need not know which.
internal unsafe ref struct TextWindow(ref GdbLink link, ulong start, ulong length)
{
    private readonly ref GdbLink _link = ref link;
    private readonly ulong _start = start;
    private readonly ulong _length = length;
    private ulong _at;

    // How many were written, in the window or not.
    public readonly ulong Bytes => _at;

    public void Put(ReadOnlySpan<byte> text)
    {
        foreach (byte value in text)
        {
            if (_at >= _start && _at - _start < _length)
            {
                _link.Put(value);
            }

            _at++;
        }
    }

    public void Decimal(uint value)
    {
        if (value >= 10)
        {
            Decimal(value / 10);
        }

        Put("0123456789"u8.Slice((int)(value % 10), 1));
    }
}
