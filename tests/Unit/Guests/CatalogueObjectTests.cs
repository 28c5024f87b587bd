extern alias guests;

using System;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using guests::MinusOne.Guests;
using guests::MinusOne.Guests.Emit;
using Xunit;

namespace MinusOne.Tests.Unit.Guests;

// The object file is loaded as a linker would, and walked with the structs as hv/ compiles them.
public sealed unsafe class CatalogueObjectTests : IDisposable
{
    private static readonly byte[] s_file = CatalogueObject.Make(Catalogue.All);

    private readonly LinkedObject _linked = new(s_file);

    private GuestCatalogue* Header => (GuestCatalogue*)_linked.AddressOf("GuestCatalogue");

    public void Dispose() => _linked.Dispose();

    [Fact]
    public void TwoRunsGiveTheSameBytes() => Assert.Equal(s_file, CatalogueObject.Make(Catalogue.All));

    [Fact]
    public void CountsItsPrograms() =>
        Assert.Equal((ulong)Catalogue.All.Length, Header->ProgramCount);

    [Fact]
    public void CarriesBiosAndTables()
    {
        Assert.Equal(
            guests::MinusOne.Guests.Bios.Bios.Image.Bytes,
            new ReadOnlySpan<byte>(Header->Bios, (int)Header->BiosBytes).ToArray());
        Assert.Equal(
            guests::MinusOne.Guests.Bios.LinuxEntry.Image.Bytes,
            new ReadOnlySpan<byte>(Header->LinuxEntry, (int)Header->LinuxEntryBytes).ToArray());
        Assert.Equal(
            guests::MinusOne.Guests.Bios.AcpiTables.Bytes,
            new ReadOnlySpan<byte>(Header->Tables, (int)Header->TablesBytes).ToArray());
    }

    [Fact]
    public void ProgramsReadBack()
    {
        GuestProgram* programs = Header->Programs;
        for (int i = 0; i < Catalogue.All.Length; i++)
        {
            Guest expected = Catalogue.All[i];
            Assert.Equal(expected.Name, Read(programs[i].Name));
            Assert.Equal(expected.Id, Read(programs[i].Id));
            Assert.Equal(expected.Sentence, Read(programs[i].Sentence));
            Assert.Equal((ulong)expected.Configs.Length, programs[i].ConfigCount);
        }
    }

    [Fact]
    public void ScenesReadBack()
    {
        GuestProgram* programs = Header->Programs;
        for (int i = 0; i < Catalogue.All.Length; i++)
        {
            for (int j = 0; j < Catalogue.All[i].Configs.Length; j++)
            {
                Compare(Catalogue.All[i].Configs[j], programs[i].Configs + j);
            }
        }
    }

    [Fact]
    public void FunctionLoadsTheRightSymbol() =>
        CheckReference("GuestCatalogueAddress", 0x8D, "GuestCatalogue");

    // Fields by name against the configuration as it was written down.
    private static void Compare(GuestConfig expected, VmConfig* actual)
    {
        Assert.Equal(expected.Title, Read(actual->Title));
        Assert.Equal(expected.Image.Bytes, new ReadOnlySpan<byte>(actual->Image, (int)actual->ImageBytes).ToArray());
        Assert.Equal(expected.Image.LoadAddress, actual->LoadAddress);
        Assert.Equal(expected.MemoryBytes, actual->MemoryBytes);
        Assert.Equal((uint)expected.Image.Mode, (uint)actual->Start.Mode);
        Assert.Equal((uint)expected.Flags, (uint)actual->Flags);
        Assert.Equal((uint)expected.End, (uint)actual->ExpectedEnd);
        var lesson = (Lesson*)actual->Lesson;
        Assert.Equal((uint)expected.Lesson, (uint)lesson->Features);
        Assert.Equal(expected.CaseNumber, lesson->CaseNumber);
        Assert.Equal(expected.Rsp, actual->Start.Rsp);
        Assert.Equal((uint)expected.PrimarySet, actual->Controls.PrimarySet);
        Assert.Equal((ulong)expected.Cr4Mask, actual->Controls.Cr4Mask);
        CompareArray(expected.Ports, actual->Controls.Ports, actual->Controls.PortCount);
        CompareArray(expected.Msrs, actual->Controls.Msrs, actual->Controls.MsrCount);
        CompareArray(expected.Exits, lesson->Exits, lesson->ExitCount);
    }

    // Element types of the other assembly: compared as bytes.
    private static void CompareArray<TExpected, TActual>(TExpected[] expected, TActual* actual, ulong count)
        where TExpected : unmanaged
        where TActual : unmanaged
    {
        Assert.Equal(sizeof(TExpected), sizeof(TActual));
        Assert.Equal((ulong)expected.Length, count);
        Assert.Equal(
            MemoryMarshal.AsBytes<TExpected>(expected).ToArray(),
            new ReadOnlySpan<byte>(actual, (int)count * sizeof(TActual)).ToArray());
    }

    // REX.W, LEA or MOV, ModRM for RAX and [RIP + disp32], RET.
    private void CheckReference(string function, byte opcode, string symbol)
    {
        byte* code = (byte*)_linked.AddressOf(function);
        Assert.Equal([0x48, opcode, 0x05], new ReadOnlySpan<byte>(code, 3).ToArray());
        Assert.Equal((int)(_linked.AddressOf(symbol) - ((nint)code + 7)), *(int*)(code + 3));
        Assert.Equal(0xC3, code[7]);
    }

    private static string Read(Text text) => Encoding.UTF8.GetString(text.Span);
}
