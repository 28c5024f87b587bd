// What is tried on a local APIC, in either mode: registers after reset, and interrupts on their way through IRR, ISR
// and TMR. What is noted does not depend on how long an access takes. ApicTimerRows.cs: the timer.

using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal sealed class ApicRows(GuestCode part, TwoColumns table, ApicCode apic, HpetCode hpet)
{
    private const byte NmiVector = 2, OwnVector = 0x51, LevelVector = 0x53, ErrorVector = 0x54;

    // Vectors 40h-5Fh: the third word of IRR, ISR and TMR.
    private const uint Word = 0x20;

    private const uint ToSelf = 0x4_0000, Nmi = 0x400, Masked = 0x1_0000;

    // The third timer of the HPET, level-triggered, and its input of the I/O APIC.
    private const uint LevelTimer = 2, LevelInput = 20, LevelEntry = 0x8000 | LevelVector;
    private const uint LevelOf32Bits = 0x106;
    private const uint IoApicPage = 0xFEC0_0000;

    // What the handlers leave.
    private const uint Nmis = Layout.Scratch, Errors = Layout.Scratch + 4, Levels = Layout.Scratch + 8;
    private const uint InService = Layout.Scratch + 12, Priority = Layout.Scratch + 16, Trigger = Layout.Scratch + 20;

    public (byte Vector, Place Handler)[] Handlers { get; } =
    [
        (NmiVector, part.NewPlace()), (OwnVector, part.NewPlace()), (LevelVector, part.NewPlace()),
        (ErrorVector, part.NewPlace()),
    ];

    private Assembler Code => part.Code;

    // As reset leaves them, and what of them can be written.
    public void Registers()
    {
        Note("ID", ApicRegister.Id);
        Note("version", ApicRegister.Version);
        Note("spurious vector", ApicRegister.SpuriousVector);
        Note("task priority", ApicRegister.TaskPriority);
        Note("error status", ApicRegister.ErrorStatus);
        Note("interrupt command", ApicRegister.CommandLow);
        (string Name, ApicRegister Register)[] entries =
        [
            ("LVT timer", ApicRegister.LvtTimer), ("LVT thermal", ApicRegister.LvtThermal),
            ("LVT performance", ApicRegister.LvtPerformance), ("LVT LINT0", ApicRegister.LvtLint0),
            ("LVT LINT1", ApicRegister.LvtLint1), ("LVT error", ApicRegister.LvtError),
        ];
        foreach ((string name, ApicRegister register) in entries)
        {
            Note(name, register);
            apic.Write(register, 0x42);
            Note("  unmasked while the APIC is off", register);
        }

        apic.Write(ApicRegister.SpuriousVector, 0x1FF);
        Note("spurious vector, the APIC on", ApicRegister.SpuriousVector);
        foreach ((string name, ApicRegister register) in entries)
        {
            apic.Write(register, 0x43);
            Note(name + ", unmasked", register);
            apic.Write(register, Masked);
        }
    }

    public void Interrupts()
    {
        apic.Write(ApicRegister.CommandLow, ToSelf | OwnVector);
        Note("self-IPI: interrupt command", ApicRegister.CommandLow);
        Note("  IRR", ApicRegister.InterruptRequest + Word);
        apic.Write(ApicRegister.TaskPriority, 0x60);
        Note("TPR 60h: PPR", ApicRegister.ProcessorPriority);
        Code.mov(rax, cr8);
        table.Note("  CR8");
        TakeInterrupts();
        Note("  IRR, interrupts on", ApicRegister.InterruptRequest + Word);
        apic.Write(ApicRegister.TaskPriority, 0);
        TakeInterrupts();
        Note("TPR 0: IRR", ApicRegister.InterruptRequest + Word);
        NoteMemory("  ISR in the handler", InService);
        NoteMemory("  PPR in the handler", Priority);
        NoteMemory("  TMR in the handler", Trigger);
        Note("after EOI: ISR", ApicRegister.InService + Word);
        Note("  PPR", ApicRegister.ProcessorPriority);
        Code.mov(__dword_ptr[Nmis], 0);
        apic.Write(ApicRegister.CommandLow, Nmi);
        NoteMemory("NMI to itself by ID: how often", Nmis);
    }

    // What an HPET holds by level comes again after EOI, until it is cleared: the second time.
    public void Level()
    {
        Code.mov(__dword_ptr[Levels], 0);
        Code.mov(eax, IoApicPage);
        Code.mov(__dword_ptr[rax], 0x11 + (2 * LevelInput));
        Code.mov(__dword_ptr[rax + 0x10], 0);
        Code.mov(__dword_ptr[rax], 0x10 + (2 * LevelInput));
        Code.mov(__dword_ptr[rax + 0x10], LevelEntry);
        hpet.Write(HpetCode.Timer(LevelTimer), (LevelInput << 9) | LevelOf32Bits);
        hpet.Read();
        Code.lea(ecx, __[rax + 10_000]);
        Code.mov(eax, HpetCode.Timer(LevelTimer) + 8);
        Code.mov(__dword_ptr[rax], ecx);
        Code.sti();
        hpet.Wait(30_000);
        Code.cli();
        NoteMemory("level by the I/O APIC: how often", Levels);
        NoteMemory("  TMR in the handler", Trigger);
        Note("  IRR afterwards", ApicRegister.InterruptRequest + Word);
        hpet.Write(HpetCode.Timer(LevelTimer), 0);
    }

    // A vector below 16 cannot be sent.
    public void Error()
    {
        Code.mov(__dword_ptr[Errors], 0);
        apic.Write(ApicRegister.LvtError, ErrorVector);
        apic.Write(ApicRegister.CommandLow, ToSelf | 5);
        Note("vector 5 sent: error status", ApicRegister.ErrorStatus);
        apic.Write(ApicRegister.ErrorStatus, 0);
        Note("  after a write of it", ApicRegister.ErrorStatus);
        apic.Write(ApicRegister.ErrorStatus, 0);
        Note("  after another", ApicRegister.ErrorStatus);
        TakeInterrupts();
        NoteMemory("  error interrupts", Errors);
    }

    public void EmitHandlers()
    {
        part.Mark(Handlers[0].Handler);
        Code.inc(__dword_ptr[Nmis]);
        Code.iretq();

        part.Mark(Handlers[1].Handler);
        apic.EnterHandler();
        apic.Read(ApicRegister.InService + Word);
        Code.mov(__dword_ptr[InService], eax);
        apic.Read(ApicRegister.ProcessorPriority);
        Code.mov(__dword_ptr[Priority], eax);
        apic.Read(ApicRegister.TriggerMode + Word);
        Code.mov(__dword_ptr[Trigger], eax);
        apic.ReturnFromHandler();

        Place again = part.NewPlace();
        part.Mark(Handlers[2].Handler);
        apic.EnterHandler();
        apic.Read(ApicRegister.TriggerMode + Word);
        Code.mov(__dword_ptr[Trigger], eax);
        Code.inc(__dword_ptr[Levels]);
        Code.cmp(__dword_ptr[Levels], 2);
        Code.jne(again);
        hpet.Write(HpetCode.Status, 1u << (int)LevelTimer);
        part.Mark(again);
        apic.ReturnFromHandler();

        part.Mark(Handlers[3].Handler);
        apic.EnterHandler();
        Code.inc(__dword_ptr[Errors]);
        apic.ReturnFromHandler();
    }

    private void Note(string name, ApicRegister register)
    {
        apic.Read(register);
        table.Note(name);
    }

    private void NoteMemory(string name, uint address)
    {
        Code.mov(eax, __dword_ptr[address]);
        table.Note(name);
    }

    private void TakeInterrupts()
    {
        Code.sti();
        Code.nop();
        Code.nop();
        Code.cli();
    }
}
