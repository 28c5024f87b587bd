// A guest's code and stack for people to read: instructions from an address on, bytes as they stand, and who called
// whom. What is there is the guest's, and may be anything.
namespace MinusOne.Hv.Report;

internal static unsafe class CodeListing
{
    private const int LongestInstruction = 15;
    private const int BytesPerLine = 16;
    private const int MostFrames = 32;
    private const int Words = 8;

    public static void Instructions(Output output, Vm* vm, Gva address, ulong count)
    {
        var look = new GuestLook(vm);
        byte* bytes = stackalloc byte[LongestInstruction];
        for (; count != 0; count--)
        {
            int had = look.Read(address, new Span<byte>(bytes, LongestInstruction), out LookStatus status);
            Writer line = Address(output, address.Value).Text("  "u8);
            if (had == 0)
            {
                line.Text(GuestLook.Word(status)).EndLine();
                return;
            }

            var fetched = new ReadOnlySpan<byte>(bytes, had);
            DecodedInstruction instruction = InstructionDecoder.Decode(fetched, GuestLook.Code);
            int length = Math.Max(1, (int)instruction.Length);
            Write(line, in instruction, fetched.Slice(0, Math.Min(had, length)), address.Value);
            address = GuestLook.Linear(address.Value + (uint)length);
        }
    }

    // What is not carried out here has a name all the same.
    private static void Write(Writer line, in DecodedInstruction instruction, ReadOnlySpan<byte> bytes, ulong address)
    {
        if (instruction.Status != DecodeStatus.Unsupported)
        {
            Disassembly.Write(line, in instruction, bytes).EndLine();
            return;
        }

        line = Disassembly.Bytes(line, bytes);
        if (!InstructionName.TryWrite(ref line, bytes, GuestLook.Code, instruction.Length, address))
        {
            line = line.Text("(no name here)"u8);
        }

        line.EndLine();
    }

    // Sixteen a line, in hexadecimal and as letters. Linear, or guest-physical.
    public static void Bytes(Output output, Vm* vm, ulong address, bool isPhysical, ulong length)
    {
        var look = new GuestLook(vm);
        while (length != 0)
        {
            address = isPhysical ? address : GuestLook.Linear(address).Value;
            LookStatus status = isPhysical
                ? GuestLook.Physical(vm, new Gpa(address), out byte* host)
                : look.At(new Gva(address), GuestLook.Kernel, out host);
            ulong inPage = 0x1000 - (address & 0xFFF);
            ulong part = Math.Min(length, status == LookStatus.Found ? Math.Min(inPage, BytesPerLine) : inPage);
            Writer line = Address(output, address).Text("  "u8);
            if (status == LookStatus.Found)
            {
                Row(line, new ReadOnlySpan<byte>(host, (int)part));
            }
            else
            {
                line.Text(GuestLook.Word(status)).EndLine();
            }

            address += part;
            length -= part;
        }
    }

    // The words at the top of the stack, and the frames by the frame pointer, as far as they lead upwards.
    public static void Stack(Output output, Vm* vm, Vcpu* vcpu)
    {
        int size = (int)GuestLook.Code;
        var look = new GuestLook(vm);
        ulong mask = Width.Mask(size);
        ulong stack = GuestState.Base(GuestSegment.Ss);
        for (int i = 0; i < Words; i++)
        {
            ulong offset = (uint)(i * size);
            Writer line = new Writer(output).Text("  stack+"u8).Hex(offset, 2).Text("  "u8);
            ulong at = stack + ((GuestState.Rsp + offset) & mask);
            if (!TryWord(ref look, at, size, out ulong word, out LookStatus why))
            {
                line.Text(GuestLook.Word(why)).EndLine();
                break;
            }

            line.Hex(word, 2 * size).EndLine();
        }

        ulong frame = vcpu->Registers.Rbp & mask;
        Frame(output, 0, GuestState.Rip, frame, size);
        for (uint number = 1; number < MostFrames && frame != 0; number++)
        {
            if (!TryWord(ref look, stack + frame, size, out ulong next, out _)
                || !TryWord(ref look, stack + ((frame + (uint)size) & mask), size, out ulong back, out _))
            {
                break;
            }

            Frame(output, number, back, next, size);
            if (next <= frame)
            {
                break;
            }

            frame = next;
        }
    }

    private static void Frame(Output output, uint number, ulong rip, ulong frame, int size) =>
        new Writer(output).Text("  frame "u8).Decimal(number).Text(": RIP "u8).Hex(rip, 2 * size)
            .Text(", frame pointer "u8).Hex(frame, 2 * size).EndLine();

    private static bool TryWord(ref GuestLook look, ulong address, int size, out ulong word, out LookStatus status)
    {
        ulong value = 0;
        bool isThere = look.Read(GuestLook.Linear(address), new Span<byte>(&value, size), out status) == size;
        word = value;
        return isThere;
    }

    private static Writer Address(Output output, ulong address) =>
        new Writer(output).Text("  "u8).Hex(address, address > uint.MaxValue ? 16 : 8);

    private static void Row(Writer line, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            line = line.Hex(value, 2).Text(" "u8);
        }

        for (int i = bytes.Length; i < BytesPerLine; i++)
        {
            line = line.Text("   "u8);
        }

        line = line.Text(" "u8);
        foreach (byte value in bytes)
        {
            byte letter = value is >= 0x20 and < 0x7F ? value : (byte)'.';
            line = line.Text(new ReadOnlySpan<byte>(in letter));
        }

        line.EndLine();
    }
}
