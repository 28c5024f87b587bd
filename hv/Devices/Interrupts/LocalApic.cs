// The local APIC of one virtual processor. SDM 3A Chapter 12 Advanced Programmable Interrupt Controller. Its registers
// stand in a page as the xAPIC has them, so that the page can serve as a virtual-APIC page too; a byte each says which
// words of IRR and ISR are not empty, so that finding the highest vector takes two bit scans. This file: accepting,
// acknowledging and ending interrupts. LocalApic.Registers.cs: reading and writing. LocalApic.Timer.cs: the timer.
// LocalApic.Messages.cs: what others send, and what is different while the processor changes the page as well.
// LocalApic.Eoi.cs: ends without an exit.
// A caller that changes something reads `Interrupt` and `Deadline` afterwards: InterruptRouting.cs. Leaves out: CMCI,
// remote reads, SMI, directed EOI, and the focus processor.
namespace MinusOne.Hv.Devices.Interrupts;

internal unsafe partial struct LocalApic
{
    private const uint SoftwareEnable = 1u << 8;
    private const uint Masked = 1u << 16;
    private const uint DeliveryBits = 7u << 8;
    private const uint FirstVector = 16;

    // Errors: a vector below 16 that was to be sent, or has come; a register that does not exist, in xAPIC mode.
    public const uint SendIllegalVector = 1u << 5;
    public const uint ReceivedIllegalVector = 1u << 6;
    public const uint IllegalRegister = 1u << 7;

    // The page with the registers.
    public byte* Page;

    // IA32_APIC_BASE.
    public ulong Base;

    // Bit n: word n of IRR, of ISR is not 0.
    private uint _requestWords;
    private uint _serviceWords;

    // Bits that a write to the error status register shows.
    private uint _errors;

    // The processor's events, and that it runs or waits for its turn. Messages that start and stop it and have not been
    // heeded yet, and where it is to begin.
    public PendingEvents* Events;
    public bool IsStarted;
    public StartSignals Signals;
    public byte StartVector;

    // The next time the timer's counter gets to 0; Never: it does not run.
    private ulong _expiry;

    // IA32_TSC_DEADLINE as written; 0: not armed.
    public ulong TscDeadline { get; private set; }

    // An interrupt of higher priority than the processor's is waiting, or the processor must be told.
    public bool Interrupt { get; private set; }

    // The page of a virtual one has changed.
    public bool IsUntold { get; private set; }

    // The processor changes the page, too.
    public bool IsVirtual { get; private set; }

    // A vector has become level-triggered: its end must exit.
    public bool HasNewLevel { get; private set; }

    public uint Id { readonly get; private set; }

    // The place of the bit by which the guest may end an interrupt: LocalApic.Eoi.cs.
    private GuestMemory* _eoiMemory;
    private ulong _eoi;

    // What the guest is told of the time that others had.
    public StealTime Steal;

    // Where its registers are in memory.
    public readonly ulong Window => Base & AddressMask;

    public readonly ApicMode Mode =>
        (Base & EnabledBit) == 0 ? ApicMode.Disabled : (Base & X2Bit) != 0 ? ApicMode.X2Apic : ApicMode.XApic;

    public readonly bool IsSoftwareEnabled => (Register(ApicRegister.SpuriousVector) & SoftwareEnable) != 0;

    // The 8259's line reaches the processor, which is the first one's: LINT0 is an external interrupt, or nobody is
    // there to mask it. Firmware leaves a PC so; our guests have none.
    public readonly bool PassesPic => Id == 0 && (Mode == ApicMode.Disabled || !IsSoftwareEnabled
        || (Register(ApicRegister.LvtLint0) & (Masked | DeliveryBits)) == (uint)DeliveryMode.ExternalInterrupt << 8);

    public readonly bool HasInService => _serviceWords != 0;
    public readonly uint TaskPriority => Register(ApicRegister.TaskPriority);
    public readonly uint ProcessorPriority => Register(ApicRegister.ProcessorPriority);

    // INTR of the 8259 pair has risen, and LINT0 is no external interrupt: a fixed one, level or not, comes with every
    // rise. True: it is an NMI.
    public bool RaiseLint0()
    {
        uint entry = Register(ApicRegister.LvtLint0);
        if (!IsSoftwareEnabled || (entry & Masked) != 0)
        {
            return false;
        }

        if ((entry & DeliveryBits) == (uint)DeliveryMode.Fixed << 8)
        {
            FireLocal(ApicRegister.LvtLint0);
        }

        return (entry & DeliveryBits) == (uint)DeliveryMode.Nmi << 8;
    }

    // A fixed interrupt arrives. SDM 3A 12.8.4 Interrupt Acceptance for Fixed Interrupts.
    public void Accept(uint vector, bool isLevel)
    {
        Settle();
        if (Mode == ApicMode.Disabled || !IsSoftwareEnabled)
        {
            return;
        }

        if (vector < FirstVector)
        {
            Note(ReceivedIllegalVector);
            return;
        }

        uint word = vector >> 5, bit = 1u << (int)(vector & 31);
        Word(ApicRegister.InterruptRequest, word) |= bit;
        ref uint trigger = ref Word(ApicRegister.TriggerMode, word);
        HasNewLevel |= isLevel && (trigger & bit) == 0;
        trigger = isLevel ? trigger | bit : trigger & ~bit;
        _requestWords |= 1u << (int)word;
        Update();
    }

    // The processor takes the waiting interrupt: from IRR to ISR. Only while Interrupt is true.
    public byte Acknowledge()
    {
        uint vector = Highest(ApicRegister.InterruptRequest, _requestWords);
        uint word = vector >> 5, bit = 1u << (int)(vector & 31);
        ref uint request = ref Word(ApicRegister.InterruptRequest, word);
        request &= ~bit;
        _requestWords &= request == 0 ? ~(1u << (int)word) : ~0u;
        Word(ApicRegister.InService, word) |= bit;
        _serviceWords |= 1u << (int)word;
        Update();
        OfferEoi(vector);
        return (byte)vector;
    }

    // Accepts and acknowledges in one, where nothing else is waiting. False: nothing was done.
    public bool TryServe(uint vector)
    {
        Settle();
        uint priority = Register(ApicRegister.ProcessorPriority) & 0xF0;
        if (_requestWords != 0 || vector < FirstVector || (vector & 0xF0) <= priority || !IsSoftwareEnabled)
        {
            return false;
        }

        uint word = vector >> 5, bit = 1u << (int)(vector & 31);
        Word(ApicRegister.TriggerMode, word) &= ~bit;
        Word(ApicRegister.InService, word) |= bit;
        _serviceWords |= 1u << (int)word;
        Register(ApicRegister.ProcessorPriority) = vector & 0xF0;
        OfferEoi(vector);
        return true;
    }

    // The end of the only interrupt in service, with an edge, while nothing is waiting. False: nothing was done.
    public bool TryEndOnly()
    {
        uint highest = Highest(ApicRegister.InService, _serviceWords);
        uint word = highest >> 5, bit = 1u << (int)(highest & 31);
        if (_requestWords != 0 || _serviceWords != 1u << (int)word || Word(ApicRegister.InService, word) != bit
            || (Word(ApicRegister.TriggerMode, word) & bit) != 0)
        {
            return false;
        }

        Word(ApicRegister.InService, word) = 0;
        _serviceWords = 0;
        Register(ApicRegister.ProcessorPriority) = Register(ApicRegister.TaskPriority);
        return true;
    }

    // True: the interrupt was level-triggered, and the I/O APICs must hear of its end.
    public bool EndInterrupt(out byte vector)
    {
        if (IsVirtual)
        {
            _serviceWords = 1u << (int)(Status >> 13);
        }

        uint highest = Highest(ApicRegister.InService, _serviceWords);
        vector = (byte)highest;
        if (highest == 0)
        {
            return false;
        }

        uint word = highest >> 5, bit = 1u << (int)(highest & 31);
        ref uint service = ref Word(ApicRegister.InService, word);
        service &= ~bit;
        _serviceWords &= service == 0 ? ~(1u << (int)word) : ~0u;
        Update();
        return IsLevel(vector);
    }

    public readonly bool IsLevel(byte vector) =>
        (Word(ApicRegister.TriggerMode, (uint)vector >> 5) & (1u << (vector & 31))) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ref uint Register(ApicRegister register) => ref *(uint*)(Page + (uint)register);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ref uint Word(ApicRegister first, uint word) => ref *(uint*)(Page + (uint)first + (16 * word));

    // 0: none.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly uint Highest(ApicRegister first, uint words)
    {
        if (words == 0)
        {
            return 0;
        }

        uint word = (uint)BitOperations.Log2(words);
        return (word << 5) | (uint)BitOperations.Log2(Word(first, word));
    }

    private void Update()
    {
        if (IsVirtual)
        {
            _serviceWords = Unknown;
            IsUntold = Interrupt = true;
            return;
        }

        Rank();
    }

    // The processor's priority, and whether something is above it. SDM 3A 12.8.3.1 Task and Processor Priorities.
    private void Rank()
    {
        uint task = Register(ApicRegister.TaskPriority);
        uint service = Highest(ApicRegister.InService, _serviceWords) & 0xF0;
        uint priority = (task & 0xF0) >= service ? task : service;
        Register(ApicRegister.ProcessorPriority) = priority;
        Interrupt = (Highest(ApicRegister.InterruptRequest, _requestWords) & 0xF0) > (priority & 0xF0);
    }

    // An error becomes visible with the next write to the error status register, and is an interrupt of its own.
    public void Note(uint error)
    {
        _errors |= error;
        FireLocal(ApicRegister.LvtError);
    }

    // The interrupt of a local source, unless masked. An illegal vector in the error entry cannot report itself.
    private void FireLocal(ApicRegister entry)
    {
        uint value = Register(entry), vector = value & 0xFF;
        if ((value & Masked) == 0 && vector >= FirstVector)
        {
            Accept(vector, isLevel: false);
        }
        else if ((value & Masked) == 0)
        {
            _errors |= ReceivedIllegalVector;
        }
    }
}
