// A kernel of instructions drawn by chance, which never ends: arithmetic, jumps that are taken or not, loops, calls and
// the stack, strings, flags that are stored and loaded, a port, and tables of pages that change, in 32-bit code with
// interrupts off. A seed makes the same one.

using System;
using System.IO;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Stepping;

internal sealed class WanderingKernel
{
    public const uint Load = 0x20_0000;

    private const uint Stack = 0x30_0000, Pages = 0x31_0000, OtherPages = 0x31_1000, Data = 0x32_0000;
    private const int DataWords = 8;

    private const int Pieces = 120;
    private const int Functions = 6;

    private static readonly AssemblerRegister32[] s_registers = [eax, edx, ebx, esi, edi, ebp];

    private readonly Assembler _code = new(32);
    private readonly Label[] _functions = new Label[Functions];
    private readonly Random _random;

    private WanderingKernel(int seed) => _random = new Random(seed);

    private AssemblerRegister32 Any => s_registers[_random.Next(s_registers.Length)];

    private uint Word => Data + (sizeof(uint) * (uint)_random.Next(DataWords));

    public static byte[] Make(int seed)
    {
        var kernel = new WanderingKernel(seed);
        kernel.Write();
        using var stream = new MemoryStream();
        kernel._code.Assemble(new StreamCodeWriter(stream), Load);
        return stream.ToArray();
    }

    private void Write()
    {
        for (int i = 0; i < Functions; i++)
        {
            _functions[i] = _code.CreateLabel();
        }

        Label again = _code.CreateLabel();
        Begin();
        _code.Label(ref again);
        for (int i = 0; i < Pieces; i++)
        {
            Piece();
        }

        _code.jmp(again);
        for (int i = 0; i < Functions; i++)
        {
            _code.Label(ref _functions[i]);
            Straight();
            Branch();
            Straight();
            _code.ret();
        }
    }

    // Paging with one page of 4 MiB, which has everything.
    private void Begin()
    {
        const int PageSizeExtension = 1 << 4;
        const uint PagingAndProtection = 0x8000_0001, Large = 0x83;
        _code.cld();
        _code.xor(eax, eax);
        _code.mov(esp, Stack);
        _code.mov(__dword_ptr[Pages], Large);
        _code.mov(__dword_ptr[OtherPages], Large);
        _code.mov(eax, PageSizeExtension);
        _code.mov(cr4, eax);
        _code.mov(eax, Pages);
        _code.mov(cr3, eax);
        _code.mov(eax, PagingAndProtection);
        _code.mov(cr0, eax);
        foreach (AssemblerRegister32 register in s_registers)
        {
            _code.mov(register, (uint)_random.Next());
        }
    }

    private void Piece()
    {
        switch (_random.Next(11))
        {
            case 0: Branch(); break;
            case 1: _code.call(_functions[_random.Next(Functions)]); break;
            case 2: Loop(); break;
            case 3:
                _code.push(Any);
                Straight();
                _code.pop(Any);
                break;
            case 4: String(); break;
            case 5:
                _code.pushfd();
                Straight();
                _code.popfd();
                break;
            case 6: ChangePages(); break;
            case 7: _code.@out(0x80, al); break;
            case 8:
                _code.mov(__dword_ptr[Word], Any);
                _code.mov(Any, __dword_ptr[Word]);
                break;
            default: Straight(); break;
        }
    }

    private void String()
    {
        _code.mov(ecx, _random.Next(0, 6));
        _code.mov(edi, Data);
        if (_random.Next(2) == 0)
        {
            _code.rep.stosd();
        }
        else
        {
            _code.mov(esi, Word);
            _code.rep.movsd();
        }
    }

    // Another root, or an entry that nothing uses.
    private void ChangePages()
    {
        _code.mov(__dword_ptr[Pages + 4], (uint)_random.Next() & ~1u);
        _code.mov(eax, _random.Next(2) == 0 ? Pages : OtherPages);
        _code.mov(cr3, eax);
    }

    private void Straight()
    {
        for (int i = _random.Next(1, 5); i > 0; i--)
        {
            AssemblerRegister32 to = Any, from = Any;
            switch (_random.Next(11))
            {
                case 0: _code.mov(to, (uint)_random.Next()); break;
                case 1: _code.mov(to, from); break;
                case 2: _code.add(to, from); break;
                case 3: _code.sub(to, _random.Next()); break;
                case 4: _code.xor(to, from); break;
                case 5: _code.and(to, from); break;
                case 6: _code.or(to, from); break;
                case 7: _code.adc(to, from); break;
                case 8: _code.cmp(to, from); break;
                case 9: _code.inc(to); break;
                default: _code.dec(to); break;
            }
        }
    }

    // Forwards over a few instructions, by any condition.
    private void Branch()
    {
        Label behind = _code.CreateLabel();
        _code.cmp(Any, Any);
        switch (_random.Next(12))
        {
            case 0: _code.jo(behind); break;
            case 1: _code.jno(behind); break;
            case 2: _code.jb(behind); break;
            case 3: _code.jae(behind); break;
            case 4: _code.je(behind); break;
            case 5: _code.jne(behind); break;
            case 6: _code.jbe(behind); break;
            case 7: _code.ja(behind); break;
            case 8: _code.js(behind); break;
            case 9: _code.jl(behind); break;
            case 10: _code.jg(behind); break;
            default: _code.jp(behind); break;
        }

        Straight();
        _code.Label(ref behind);
        _code.mov(Any, Any);
    }

    private void Loop()
    {
        Label again = _code.CreateLabel();
        _code.mov(ecx, _random.Next(2, 6));
        _code.Label(ref again);
        Straight();
        if (_random.Next(2) == 0)
        {
            _code.dec(ecx);
            _code.jne(again);
        }
        else
        {
            _code.loop(again);
        }
    }
}
