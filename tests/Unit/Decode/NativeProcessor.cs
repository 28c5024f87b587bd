// The processor the tests run on, as an oracle: one instruction at a time, between a prologue that loads all
// registers but RSP and an epilogue that stores them. Code and data lie together in the lower 2 GiB, so that every
// form of address reaches them.

using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Unit.Decode;

internal sealed unsafe class NativeProcessor : IDisposable
{
    public const int DataSize = 0x1_0000;
    private const int CodeArea = 0x1000;
    private const int ArchPrctl = 158;
    private const int SetGsBase = 0x1001;
    private const int GetFsBase = 0x1003;

    private readonly byte* _area;
    private readonly byte[] _epilogue;
    private readonly int _prologueLength;

    public NativeProcessor()
    {
        const int ReadWriteExecute = 7, PrivateAnonymousLow = 0x62;
        nint area = Map(0, CodeArea + DataSize, ReadWriteExecute, PrivateAnonymousLow, -1, 0);
        Data = area == -1 ? throw new InvalidOperationException("no memory") : (ulong)area + CodeArea;
        _area = (byte*)area;
        byte[] prologue = Assemble(Prologue);
        prologue.CopyTo(new Span<byte>(_area, CodeArea));
        _prologueLength = prologue.Length;
        _epilogue = Assemble(Epilogue);
        ulong fsBase;
        _ = SystemCall(ArchPrctl, GetFsBase, (nint)(&fsBase));
        FsBase = fsBase;
    }

    // The address at which the instruction will stand.
    public ulong Rip => (ulong)_area + (ulong)_prologueLength;

    public ulong Data { get; }

    public Span<byte> Memory => new((void*)Data, DataSize);

    public ulong FsBase { get; }

    public void Run(ReadOnlySpan<byte> instruction, ref GuestRegisters registers, ref Rflags rflags, ulong gsBase)
    {
        var code = new Span<byte>(_area + _prologueLength, CodeArea - _prologueLength);
        instruction.CopyTo(code);
        _epilogue.CopyTo(code[instruction.Length..]);
        _ = SystemCall(ArchPrctl, SetGsBase, (nint)gsBase);
        var state = new State { Rflags = rflags, Registers = registers };
        ((delegate* unmanaged<State*, void>)_area)(&state);
        _ = SystemCall(ArchPrctl, SetGsBase, 0);
        rflags = state.Rflags;
        registers = state.Registers;
    }

    public void Dispose() => _ = Unmap((nint)_area, CodeArea + DataSize);

    private static byte[] Assemble(Action<Assembler> write)
    {
        var assembler = new Assembler(64);
        write(assembler);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), 0);
        return stream.ToArray();
    }

    private static AssemblerRegister64[] Saved => [rbx, rbp, r12, r13, r14, r15, rdi];

    // The registers by number; RSP stays the host's, RDI points to the state as long as it can.
    private static AssemblerRegister64[] Loaded => [rax, rcx, rdx, rbx, rbp, rsi, r8, r9, r10, r11, r12, r13, r14, r15];

    private static int OffsetOf(AssemblerRegister64 register) =>
        ((Register)register - Register.RAX) * 8;

    private static void Prologue(Assembler c)
    {
        c.pushfq();
        foreach (AssemblerRegister64 register in Saved)
        {
            c.push(register);
        }

        c.push(__qword_ptr[rdi + (int)Marshal.OffsetOf<State>(nameof(State.Rflags))]);
        c.popfq();
        foreach (AssemblerRegister64 register in Loaded)
        {
            c.mov(register, __qword_ptr[rdi + OffsetOf(register)]);
        }

        c.mov(rdi, __qword_ptr[rdi + OffsetOf(rdi)]);
    }

    private static void Epilogue(Assembler c)
    {
        c.pushfq();
        c.push(rdi);
        c.mov(rdi, __qword_ptr[rsp + 16]);
        foreach (AssemblerRegister64 register in Loaded)
        {
            c.mov(__qword_ptr[rdi + OffsetOf(register)], register);
        }

        c.pop(__qword_ptr[rdi + OffsetOf(rdi)]);
        c.pop(__qword_ptr[rdi + (int)Marshal.OffsetOf<State>(nameof(State.Rflags))]);
        for (int i = Saved.Length - 1; i >= 0; i--)
        {
            c.pop(Saved[i]);
        }

        c.popfq();
        c.ret();
    }

    [DllImport("libc", EntryPoint = "mmap")]
    private static extern nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "munmap")]
    private static extern int Unmap(nint address, nuint length);

    [DllImport("libc", EntryPoint = "syscall")]
    private static extern nint SystemCall(nint number, nint first, nint second);

    [StructLayout(LayoutKind.Sequential)]
    private struct State
    {
        public GuestRegisters Registers;
        public Rflags Rflags;
    }
}
