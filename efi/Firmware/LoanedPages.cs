// Memory that firmware lends for as long as this program runs: it stays ours when firmware leaves, and all of it goes
// back where the program ends before. Each piece has a page before it that leads to the one taken earlier.
namespace MinusOne.Efi.Firmware;

internal static unsafe class LoanedPages
{
    public const ulong PageSize = 4096;

    private static Header* s_last;

    // All of it at or below the highest address.
    public static EfiStatus Take(ulong pages, out byte* start, ulong highest = ulong.MaxValue)
    {
        ulong address = highest;
        EfiStatus status = Services.Boot->AllocatePages(
            highest == ulong.MaxValue ? AllocateType.AnyPages : AllocateType.MaxAddress,
            MemoryType.LoaderData,
            pages + 1,
            &address);
        start = null;
        if (status == EfiStatus.Success)
        {
            var header = (Header*)address;
            header->Before = s_last;
            header->Pages = pages + 1;
            s_last = header;
            start = (byte*)address + PageSize;
        }

        return status;
    }

    public static void GiveBack()
    {
        while (s_last != null)
        {
            Header* header = s_last;
            s_last = header->Before;
            Services.Boot->FreePages((ulong)header, header->Pages);
        }
    }

    private struct Header
    {
        public Header* Before;
        public ulong Pages;
    }
}
