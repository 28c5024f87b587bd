// What becomes of a kernel file: found out and checked before anything is written, so that a file is loaded whole or
// not at all.

namespace MinusOne.Hv.Loading;

internal struct KernelPlan
{
    public LoadStatus Status;
    public ImageKind Kind;

    // Entered by way of the BIOS, not directly in protected mode.
    public bool ThroughBios;

    // The address or size that the status is about; 0 if there is none.
    public ulong Culprit;

    // From the lowest address that is loaded to behind the bss.
    public Gpa Start;
    public Gpa End;
    public Gpa Entry;

    // The part of the file that is loaded at Start, unless it is ELF.
    public ulong Offset;
    public ulong Bytes;

    // The addresses of the multiboot information, ELF's section headers and the initial RAM disk; 0 without.
    public Gpa Information;
    public Gpa Sections;
    public Gpa Initrd;

    public readonly bool IsMultiboot => Kind is ImageKind.MultibootFlat or ImageKind.MultibootElf;

    // True if some of these bytes lie between Start and End.
    public readonly bool Covers(ulong start, ulong bytes) => start < End.Value && start + bytes > Start.Value;

    public LoadStatus Refuse(LoadStatus status, ulong culprit = 0)
    {
        Culprit = culprit;
        return status;
    }

    // Takes a range of guest memory into the image, if it may go there.
    public LoadStatus Cover(ulong start, ulong end, ulong memory)
    {
        if (start >= memory)
        {
            return Refuse(LoadStatus.LoadOutside, start);
        }

        if (end > memory || end < start)
        {
            return Refuse(LoadStatus.EndOutside, end);
        }

        if (ThroughBios && start < KernelLayout.ReservedEnd && end > KernelLayout.Reserved)
        {
            return Refuse(LoadStatus.Overlap, start);
        }

        Start = new Gpa(End.Value == 0 || start < Start.Value ? start : Start.Value);
        End = new Gpa(end > End.Value ? end : End.Value);
        return LoadStatus.Ready;
    }
}
