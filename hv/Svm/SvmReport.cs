// What the VMCB says of the last exit, as it stands there, for a guest that came to grief. AMD APM 2 15.6 #VMEXIT.
namespace MinusOne.Hv.Svm;

internal static unsafe class SvmReport
{
    private const int ValueColumn = 32;

    // Segments and descriptor tables, and the end of what is named. AMD APM 2 Appendix B.
    private const uint SegmentsStart = 0x400, SegmentsEnd = 0x4A0, FieldsEnd = 0x680;

    public static uint Word(ControlWord word) => word switch
    {
        ControlWord.Intercepts => (uint)SvmCpu.Processor.Vmcb->General,
        ControlWord.MoreIntercepts => (uint)SvmCpu.Processor.Vmcb->Instructions,
        _ => (uint)SvmCpu.Processor.Vmcb->Late,
    };

    public static void Exit(Output output)
    {
        Vmcb* vmcb = SvmCpu.Processor.Vmcb;
        uint reason = (uint)SvmExit.Reason;
        new Writer(output).Text("  last exit "u8).Decimal(reason).Text(" ("u8).Text(Names.OfExit(reason))
            .Text(")  code "u8).Hex((ulong)vmcb->ExitCode).Text("  information "u8).Hex(vmcb->Info1)
            .Text(" "u8).Hex(vmcb->Info2).EndLine();
        new Writer(output).Text("  next RIP "u8).Hex(vmcb->NextRip).Text("  interrupted event "u8)
            .Hex(SvmExit.IsDeliveryInterrupted ? vmcb->InterruptedEvent : 0).Text("  shadow "u8).Hex(vmcb->Shadow)
            .Text("  virtual interrupt "u8).Hex((ulong)vmcb->Interrupt).EndLine();
    }

    // What the whole VMCB says, by name, as far as the name holds the word.
    public static void Fields(Output output, ReadOnlySpan<byte> word)
    {
        var bytes = (byte*)SvmCpu.Processor.Vmcb;
        for (uint at = 0; at < FieldsEnd; at++)
        {
            ReadOnlySpan<byte> name = Names.OfField(Vmcb.FirstNumber + at);
            if (name.SequenceEqual("?"u8) || !Spelling.Hold(name, word))
            {
                continue;
            }

            Writer line = new Writer(output).Text("  "u8).Hex(at, 3).Text(" "u8).Text(name).To(ValueColumn);
            if (at is >= SegmentsStart and < SegmentsEnd)
            {
                var segment = (VmcbSegment*)(bytes + at);
                line.Text("selector "u8).Hex(segment->Selector, 4).Text(" attributes "u8).Hex(segment->Attributes, 4)
                    .Text(" limit "u8).Hex(segment->Limit, 8).Text(" base "u8).Hex(segment->Base, 16).EndLine();
                continue;
            }

            // A field goes on as far as it is aligned, and until the next one begins.
            uint size = 1;
            while (size < sizeof(ulong) && (at & size) == 0 && !IsFieldIn(at + size, size))
            {
                size *= 2;
            }

            line.Hex(Unsafe.ReadUnaligned<ulong>(bytes + at) & (ulong.MaxValue >> (int)(64 - (8 * size)))).EndLine();
        }
    }

    private static bool IsFieldIn(uint at, uint bytes)
    {
        for (uint i = 0; i < bytes; i++)
        {
            if (!Names.OfField(Vmcb.FirstNumber + at + i).SequenceEqual("?"u8))
            {
                return true;
            }
        }

        return false;
    }
}
