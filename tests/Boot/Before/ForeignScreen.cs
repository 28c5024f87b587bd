// Another picture in the place of firmware's: 3840 by 2160, red first, its lines longer than they show, in memory of
// a device above 4 GiB, of which firmware's memory map has no word. QEMU's ivshmem is such a device, and
// its memory is a file. PCI Local Bus 3.0, 3.2.2.3.2 Software Generation of Configuration Transactions.

using Iced.Intel;
using MinusOne.Efi.Firmware;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Before;

internal sealed class ForeignScreen : ProgramBefore
{
    public const int Width = 3840;
    public const int Height = 2160;
    public const int Pitch = 4096 * sizeof(uint);

    // The device is the sixth on the bus.
    private const int Slot = 6;
    private const int Command = 0x04;
    private const int BarLow = 0x18;
    private const int BarHigh = 0x1C;
    private const int DecodesMemory = 1 << 1;

    private static readonly System.Guid s_graphics = new("9042A9DE-23DC-4A38-96FB-7ADED080516A");

    private Label _graphics;

    // `file` has the pixels afterwards.
    public static string Device(string file) =>
        $"-object memory-backend-file,id=glass,size=64M,mem-path={file},share=on "
            + $"-device ivshmem-plain,memdev=glass,addr={Slot}";

    protected override void Begin(Assembler c, Label end)
    {
        Label next = c.CreateLabel();
        _graphics = c.CreateLabel();
        FindMemory(c);

        // R12 = the handles of all pictures.
        c.mov(ecx, (int)LocateSearchType.ByProtocol);
        c.lea(rdx, __[_graphics]);
        c.xor(r8d, r8d);
        c.lea(r9, __[rsp + Second]);
        c.lea(rax, __[rsp + Result]);
        c.mov(__qword_ptr[rsp + FifthArgument], rax);
        Call(c, nameof(BootServices.LocateHandleBuffer), end);
        c.mov(r12, __qword_ptr[rsp + Result]);
        c.mov(rdi, __qword_ptr[rsp + Second]);
        c.Label(ref next);
        c.mov(rax, __qword_ptr[r12]);
        FindProtocol(c, rax, _graphics, end);
        Change(c);
        c.add(r12, 8);
        c.dec(rdi);
        c.jne(next);
    }

    protected override void Data(Assembler c) => Data(c, ref _graphics, s_graphics.ToByteArray());

    // R13 = where the device's memory is. The device is told to answer there.
    private static void FindMemory(Assembler c)
    {
        Select(c, BarHigh);
        c.@in(eax, dx);
        c.mov(r13d, eax);
        c.shl(r13, 32);
        Select(c, BarLow);
        c.@in(eax, dx);
        c.and(eax, ~0xF);
        c.or(r13, rax);
        Select(c, Command);
        c.@in(eax, dx);
        c.or(eax, DecodesMemory);
        c.@out(dx, eax);
    }

    // The port of the data in DX.
    private static void Select(Assembler c, int register)
    {
        c.mov(dx, 0xCF8);
        c.mov(eax, unchecked((int)0x8000_0000) | (Slot << 11) | register);
        c.@out(dx, eax);
        c.mov(dx, 0xCFC);
    }

    // The picture of the protocol at RSI.
    private static void Change(Assembler c)
    {
        c.mov(rax, __qword_ptr[rsi + OffsetOf<GraphicsOutput>(nameof(GraphicsOutput.Mode))]);
        c.mov(__qword_ptr[rax + OffsetOf<GraphicsMode>(nameof(GraphicsMode.FrameBufferBase))], r13);
        c.mov(__qword_ptr[rax + OffsetOf<GraphicsMode>(nameof(GraphicsMode.FrameBufferSize))], Pitch * Height);
        c.mov(rax, __qword_ptr[rax + OffsetOf<GraphicsMode>(nameof(GraphicsMode.Information))]);
        Set(c, nameof(GraphicsModeInformation.HorizontalResolution), Width);
        Set(c, nameof(GraphicsModeInformation.VerticalResolution), Height);
        Set(c, nameof(GraphicsModeInformation.PixelsPerScanLine), Pitch / sizeof(uint));
        Set(c, nameof(GraphicsModeInformation.PixelFormat), (int)PixelFormat.RedGreenBlueReserved);
    }

    private static void Set(Assembler c, string field, int value) =>
        c.mov(__dword_ptr[rax + OffsetOf<GraphicsModeInformation>(field)], value);
}
