// What the linked image must be: an EFI application for x86-64 that firmware can put anywhere, in sections that can be
// protected, none of them both writable and executable. What firmware loads is what runs: nothing in the image moves
// or protects it again before the host has page tables. PE/COFF specification 3-4, 6.6. Whoever links it (lld-link,
// bflat) is not asked.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace MinusOne.Efi.Stubs;

internal static class ImageGate
{
    private const ushort MachineAmd64 = 0x8664;
    private const ushort RelocationsStripped = 1;
    private const ushort Pe32Plus = 0x20B;
    private const ushort EfiApplication = 10;
    private const uint Page = 0x1000;
    private const uint Block = 0x200;
    private const uint Executable = 0x2000_0000;
    private const uint Writable = 0x8000_0000;

    // Offsets behind the place that the word at 3Ch names: signature and file header, then the optional header.
    private const int OptionalHeader = 24;
    private const int RelocationDirectory = OptionalHeader + 112 + (5 * 8);
    private const int SmallestHeaders = RelocationDirectory + 8;
    private const int SectionHeaderSize = 40;

    public static List<string> Inspect(byte[] image)
    {
        int header = image.Length < 0x40 ? int.MaxValue : BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(0x3C));
        if (header < 0 || header > image.Length - SmallestHeaders || image[0] != 'M' || image[1] != 'Z'
            || Dword(image, header) != 0x4550)
        {
            return ["the image is no PE file"];
        }

        var complaints = new List<string>();
        Demand(Word(image, header + 4) == MachineAmd64, "is not for x86-64");
        Demand(Word(image, header + OptionalHeader) == Pe32Plus, "is not PE32+");
        Demand(Word(image, header + OptionalHeader + 68) == EfiApplication, "is not an EFI application");
        Demand(Dword(image, header + OptionalHeader + 32) % Page == 0, "has sections that do not begin at pages");
        Demand(
            Dword(image, header + OptionalHeader + 36) % Block == 0,
            "has sections that do not begin at blocks of the file");
        Demand(
            (Word(image, header + 22) & RelocationsStripped) == 0 && Dword(image, header + RelocationDirectory) != 0,
            "cannot be relocated");
        complaints.AddRange(Sections(image, header));
        return complaints;

        void Demand(bool isGiven, string complaint)
        {
            if (!isGiven)
            {
                complaints.Add("the image " + complaint);
            }
        }
    }

    private static IEnumerable<string> Sections(byte[] image, int header)
    {
        int section = header + OptionalHeader + Word(image, header + 20);
        for (int i = Word(image, header + 6); i > 0; i--, section += SectionHeaderSize)
        {
            if (section + SectionHeaderSize > image.Length)
            {
                yield return "the image ends in its section table";
                yield break;
            }

            uint flags = Dword(image, section + 36);
            if ((flags & Writable) != 0 && (flags & Executable) != 0)
            {
                string name = Encoding.ASCII.GetString(image, section, 8).TrimEnd('\0');
                yield return $"section {name} of the image is writable and executable";
            }
        }
    }

    private static ushort Word(byte[] image, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(offset));

    private static uint Dword(byte[] image, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(offset));
}
