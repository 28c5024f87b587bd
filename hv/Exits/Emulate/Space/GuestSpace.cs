// The guest's linear address space as it is at an exit, for accesses that the hypervisor makes in the guest's name:
// string I/O, instruction bytes, descriptors, operands on device memory. Segment rights and limits, canonical form,
// alignment and paging are checked as the processor does, before anything is touched. SDM 3A 6.3 Limit Checking, 6.5
// Privilege Levels (type checking 6.4), 5.6.
namespace MinusOne.Hv.Exits.Emulate.Space;

internal unsafe struct GuestSpace
{
    private const int LongestInstruction = 15;
    private const int PageBytes = 0x1000;

    public CodeSize Code;
    public SegmentBases Bases;
    public ulong Rip;
    public Rflags Rflags;

    // The first byte of the last fetch, in our memory.
    public byte* FetchedFrom;

    // The data breakpoints that operands have met since.
    public ulong Met;

    // The trouble of the last method that returned false, or of a fetch that came back short.
    public GuestTrouble Trouble;

    private readonly Vm* _vm;
    private readonly GuestPaging _paging;
    private readonly GuestAccess _access;
    private readonly bool _checksTypes;
    private readonly bool _checksAlignment;
    private readonly ulong _breakpoints;
    private GuestTables _tables;

    public GuestSpace(Vm* vm)
    {
        _vm = vm;
        _tables = new GuestTables(&vm->Memory, vm->HasOpenBus);
        _breakpoints = GuestState.Dr7;
        Met = 0;
        Trouble = default;
        FetchedFrom = null;
        Rip = GuestState.Rip;
        Rflags = GuestState.Rflags;
        var cr0 = GuestState.Cr0;
        var cr4 = GuestState.Cr4;
        var efer = GuestState.Efer;
        ulong cr3 = GuestState.Cr3;
        ref ProcessorExamination processor = ref vm->Machine->Facts.Processor;
        _paging = new GuestPaging(cr0, cr3, cr4, efer, processor.PhysicalAddressBits, processor.HasPages1G);
        for (int i = 0; i < 4 && _paging.Mode == PagingMode.Pae; i++)
        {
            ulong entry = GuestState.Pdpte(i);
            if (!GuestState.KeepsPdptes)
            {
                vm->Memory.Read(new Gpa((cr3 & 0xFFFF_FFE0) + (8 * (uint)i)), new Span<byte>(&entry, sizeof(ulong)));
            }

            _paging.SetPdpte(i, entry);
        }

        var code = GuestState.Rights(GuestSegment.Cs);
        Code = (efer & Efer.LongModeActive) != 0 && code.IsLong ? CodeSize.Bits64
            : code.IsDefaultBig ? CodeSize.Bits32
            : CodeSize.Bits16;
        bool isUser = GuestState.Rights(GuestSegment.Ss).Dpl == 3;
        bool aligned = (Rflags & Rflags.AlignmentCheck) != 0;
        _access = (isUser ? GuestAccess.User : 0) | (aligned ? GuestAccess.AlignmentCheck : 0);
        _checksAlignment = aligned && isUser && (cr0 & Cr0.AlignmentMask) != 0;
        _checksTypes = (cr0 & Cr0.ProtectionEnable) != 0 && (Rflags & Rflags.Virtual8086) == 0;
        Bases[GuestSegment.Es] = GuestState.Base(GuestSegment.Es);
        Bases[GuestSegment.Cs] = GuestState.Base(GuestSegment.Cs);
        Bases[GuestSegment.Ss] = GuestState.Base(GuestSegment.Ss);
        Bases[GuestSegment.Ds] = GuestState.Base(GuestSegment.Ds);
        Bases[GuestSegment.Fs] = GuestState.Base(GuestSegment.Fs);
        Bases[GuestSegment.Gs] = GuestState.Base(GuestSegment.Gs);
    }

    public readonly bool HasBreakpoints => (_breakpoints & DebugRegisters.AnyEnabled) != 0;
    public readonly PagingMode PagingMode => _paging.Mode;

    // What was read of the guest's tables since.
    [UnscopedRef]
    public readonly ref readonly GuestTables Tables => ref _tables;

    public readonly Gva Linear(GuestSegment segment, ulong offset) => Bases.Linear(Code, segment, offset);

    // Finds an operand and sees to it that the access is allowed. False: Trouble says why not.
    public bool TryFind(GuestSegment segment, Gva address, int bytes, bool isWrite, out GuestOperand operand)
    {
        operand = default;
        if (!IsInSegment(segment, address, bytes, isWrite))
        {
            Trouble = GuestTrouble.Exception(
                segment == GuestSegment.Ss ? ExceptionVector.StackFault : ExceptionVector.GeneralProtection);
            return false;
        }

        if (_checksAlignment && (address.Value & (uint)(bytes - 1)) != 0)
        {
            Trouble = GuestTrouble.Exception(ExceptionVector.AlignmentCheck);
            return false;
        }

        bool isFound = TryFind(address, bytes, _access, isWrite, out operand);
        if (HasBreakpoints && isFound)
        {
            uint kinds = isWrite ? DebugRegisters.Writes : DebugRegisters.Reads;
            Met |= DebugRegisters.Met(_breakpoints, address.Value, bytes, kinds);
        }

        return isFound;
    }

    // Whether a read of this byte comes through; for a fetch of the instruction at RIP too.
    public bool TryTranslate(Gva address)
    {
        ulong first = Next(new Gva(Rip + Bases[GuestSegment.Cs]), 0).Value;
        GuestAccess access = _access | (address.Value - first < LongestInstruction ? GuestAccess.Fetch : 0);
        return TryReach(address, access | GuestAccess.Probe, PageRights.Read, out _);
    }

    // Where the byte is for somebody who only looks, with a supervisor's rights. False: it is nowhere.
    public bool TryLook(Gva address, out Gpa physical)
    {
        GuestTranslation translation = GuestWalk.Translate(
            ref _tables, in _paging, address, GuestAccess.AlignmentCheck | GuestAccess.Probe);
        physical = translation.Address;
        return translation.Status == GuestWalkStatus.Translated;
    }

    // Part of a descriptor: in no segment, and with supervisor rights.
    public bool TryFindDescriptor(Gva address, int bytes, bool isWrite, out GuestOperand operand) =>
        TryFind(address, bytes, GuestAccess.Implicit, isWrite, out operand);

    // The bytes at RIP, up to 15. Fewer: Trouble says why the next one cannot be had.
    public int Fetch(byte* bytes)
    {
        Gva address = new(Code == CodeSize.Bits64 ? Rip : (uint)(Rip + Bases[GuestSegment.Cs]));
        int count = 0;
        while (count < LongestInstruction)
        {
            Gva at = Next(address, count);
            if (!TryReach(at, _access | GuestAccess.Fetch | GuestAccess.Probe, PageRights.Read, out GuestPiece piece))
            {
                break;
            }

            if (piece.Host == null)
            {
                // FFh FFh is no instruction.
                Trouble = piece.IsNobodys
                    ? GuestTrouble.Exception(ExceptionVector.InvalidOpcode)
                    : GuestTrouble.Missing(Resolution.Device, piece.Address, PageRights.Execute);
                break;
            }

            FetchedFrom = count == 0 ? piece.Host : FetchedFrom;
            int end = System.Math.Min(LongestInstruction, count + PageBytes - (int)(at.Value & (PageBytes - 1)));
            for (int i = 0; count < end; i++, count++)
            {
                bytes[count] = piece.Host[i];
            }
        }

        return count;
    }

    public readonly Gva Next(Gva address, int bytes)
    {
        ulong next = address.Value + (uint)bytes;
        return new Gva(Code == CodeSize.Bits64 ? next : (uint)next);
    }

    private bool TryFind(Gva address, int bytes, GuestAccess access, bool isWrite, out GuestOperand operand)
    {
        operand = default;
        operand.Bytes = bytes;
        operand.FirstBytes = System.Math.Min(bytes, PageBytes - (int)(address.Value & (PageBytes - 1)));
        access |= isWrite ? GuestAccess.Write : GuestAccess.Read;
        PageRights rights = isWrite ? PageRights.Write : PageRights.Read;
        return TryReach(address, access, rights, out operand.First)
            && (operand.FirstBytes == bytes
                || TryReach(Next(address, operand.FirstBytes), access, rights, out operand.Second));
    }

    private bool TryReach(Gva address, GuestAccess access, PageRights rights, out GuestPiece piece)
    {
        piece = default;
        GuestTranslation translation = GuestWalk.Translate(ref _tables, in _paging, address, access);
        switch (translation.Status)
        {
            case GuestWalkStatus.PageFault:
                Trouble = GuestTrouble.PageFault(address, translation.ErrorCode);
                return false;
            case GuestWalkStatus.NotCanonical:
                Trouble = GuestTrouble.Exception(ExceptionVector.GeneralProtection);
                return false;
            case GuestWalkStatus.TableUnreachable:
                Trouble = GuestTrouble.Missing(Resolution.IllegalAddress, translation.Address, PageRights.Read);
                return false;
        }

        piece.Address = translation.Address;
        Resolution resolution = _vm->Memory.TryReach(translation.Address, rights, out piece.Host);
        Trouble = GuestTrouble.Missing(resolution, translation.Address, rights);
        piece.IsNobodys = resolution == Resolution.IllegalAddress;
        return resolution is Resolution.Mapped or Resolution.Device || (piece.IsNobodys && _vm->HasOpenBus);
    }

    private readonly bool IsInSegment(GuestSegment segment, Gva address, int bytes, bool isWrite)
    {
        if (Code == CodeSize.Bits64)
        {
            int bits = _paging.Mode == PagingMode.FiveLevel ? 57 : 48;
            return RegisterLimits.IsCanonical(address.Value, bits)
                && RegisterLimits.IsCanonical(address.Value + (uint)(bytes - 1), bits);
        }

        // Without a check of types, in real and virtual-8086 mode, a segment is plain memory up to its limit.
        var rights = GuestState.Rights(segment);
        uint offset = (uint)(address.Value - Bases[segment]);
        ulong last = offset + (ulong)(bytes - 1);
        uint limit = GuestState.Limit(segment);
        if (!_checksTypes)
        {
            return last <= limit;
        }

        bool isAllowed = rights.IsCode
            ? !isWrite && rights.IsWritableOrReadable
            : !isWrite || rights.IsWritableOrReadable;
        if (rights.IsUnusable || !isAllowed)
        {
            return false;
        }

        bool expandsDown = !rights.IsCode && rights.IsConformingOrExpandDown;
        return expandsDown
            ? offset > limit && last <= (rights.IsDefaultBig ? uint.MaxValue : ushort.MaxValue)
            : last <= limit;
    }
}
