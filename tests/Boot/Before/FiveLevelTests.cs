// Firmware that runs with five levels of page tables, as large servers' does: another program turns them on before ours
// starts. It leaves long mode for it, for the bit does not change there. SDM 3A 4.1.1 Four Paging Modes, 10.8.5
// Initializing IA-32e Mode.

using System.IO;
using System.Threading.Tasks;
using Iced.Intel;
using MinusOne.Efi.Firmware;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Before;

public sealed class FiveLevelTests
{
    private const string Name = "five-levels";

    // The tables of nested paging have as many levels as the host's. What was said would not be, had it stayed at four.
    [Fact]
    public async Task GuestsRunThere()
    {
        string disk = DiskBefore.Make(new FiveLevels(), Name);
        RunProcess run = await RunProcess.Run($"check --machine qemu --cpu max --image {disk}", 60, default);
        Assert.True(run.Status == 0, run.ToString());
        Assert.Contains("five-level paging (LA57)        -       in use\n", run.Text.Replace("\r", ""));
        run = await RunProcess.Run(
            $"kernel --vcpus 2 --machine qemu --cpu max --image {disk}", 90, "selftest\npoweroff\n"u8.ToArray());
        Assert.True(run.Status == 0, run.ToString());
        Assert.Contains("24 passed, 0 failed", run.Text);
    }

    private sealed class FiveLevels : ProgramBefore
    {
        // Selectors of the EDK2's descriptor table.
        private const int Code32 = 0x10;
        private const int Code64 = 0x38;

        private const int PresentWritable = 3;
        private const int LinearAddresses57 = 1 << 12;

        protected override void Begin(Assembler c, Label end)
        {
            Label below = c.CreateLabel();
            Label back = c.CreateLabel();
            c.mov(ecx, (int)AllocateType.MaxAddress);
            c.mov(edx, (int)MinusOne.Efi.Firmware.MemoryType.LoaderData);
            c.mov(r8d, 1);
            c.mov(eax, -1);
            c.mov(__qword_ptr[rsp + Result], rax);
            c.lea(r9, __[rsp + Result]);
            Call(c, nameof(BootServices.AllocatePages), end);
            c.mov(rdi, __qword_ptr[rsp + Result]);
            c.mov(rsi, rdi);
            c.mov(ecx, 512);
            c.xor(eax, eax);
            c.rep.stosq();
            c.mov(rax, cr3);
            c.or(rax, PresentWritable);
            c.mov(__qword_ptr[rsi], rax);

            // The far return there, and from there.
            c.pushfq();
            c.cli();
            c.sub(rsp, 8);
            c.lea(rax, __[back]);
            c.mov(__dword_ptr[rsp], eax);
            c.mov(__dword_ptr[rsp + 4], Code64);
            c.push(Code32);
            c.lea(rax, __[below]);
            c.push(rax);
            c.db(0x48, 0xCB); // RETF, 64 bits
            c.Label(ref below);
            c.db(SwitchOn());
            c.Label(ref back);
            c.popfq();
        }

        // In compatibility mode, with the new root in ESI.
        private static byte[] SwitchOn()
        {
            var c = new Assembler(32);
            c.mov(eax, cr0);
            c.and(eax, (int)~(1u << 31));
            c.mov(cr0, eax);
            c.mov(eax, cr4);
            c.or(eax, LinearAddresses57);
            c.mov(cr4, eax);
            c.mov(cr3, esi);
            c.mov(eax, cr0);
            c.or(eax, 1 << 31);
            c.mov(cr0, eax);
            c.retf();
            var stream = new MemoryStream();
            c.Assemble(new StreamCodeWriter(stream), 0);
            return stream.ToArray();
        }
    }
}
