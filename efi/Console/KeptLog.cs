// The log of this run in pages that firmware has lent and that nobody else writes to: the newest 64 KiB. A machine that
// starts again keeps its memory in most cases, so the next run finds there how this one went (LastLog). Firmware gives
// from the top, and uses what lies there itself before it starts anybody: the pages are taken from far below. The head
// says whether it is one: nothing else in memory has these words, its own address among them.

using System;
using MinusOne.Efi.Firmware;

namespace MinusOne.Efi.Console;

internal static unsafe class KeptLog
{
    private const ulong Pages = 16;
    private const ulong BytesAbove = 24 << 20;
    private const ulong Mark = 0x676F_4C65_6E4F_734D;

    private static Head* s_head;

    // Bytes of pages that hold one.
    public static ulong Length => Pages * LoanedPages.PageSize;

    private static ulong Room => Length - (ulong)sizeof(Head);

    // Where it is; 0 if firmware had no memory for it.
    public static ulong Address => (ulong)s_head;

    public static void Open()
    {
        if (!TryTake(AllocateType.AnyPages, out ulong top))
        {
            return;
        }

        Services.Boot->FreePages(top, Pages);
        if (TryTake(AllocateType.MaxAddress, out ulong start, top > BytesAbove ? top - BytesAbove : top))
        {
            s_head = (Head*)start;
            Set(s_head, 0);
        }
    }

    private static bool TryTake(AllocateType how, out ulong start, ulong most = 0)
    {
        start = most;
        fixed (ulong* address = &start)
        {
            return Services.Boot->AllocatePages(how, Firmware.MemoryType.LoaderData, Pages, address)
                == EfiStatus.Success;
        }
    }

    // The pages go back to firmware.
    public static void Close()
    {
        if (s_head != null)
        {
            Services.Boot->FreePages((ulong)s_head, Pages);
            s_head = null;
        }
    }

    public static void Add(ReadOnlySpan<byte> text)
    {
        if (s_head == null)
        {
            return;
        }

        ulong length = s_head->Written;
        foreach (byte value in text)
        {
            Text(s_head)[length++ % Room] = value;
        }

        Set(s_head, length);
    }

    public static bool IsAt(ulong address)
    {
        var head = (Head*)address;
        return head->Mark == Mark && head->Address == address && head->Check == CheckOf(address, head->Written);
    }

    // So that it is told once.
    public static void Forget(ulong address) => ((Head*)address)->Mark = 0;

    // What is left of it, in two pieces: the first is the older one, and may be empty.
    public static void Read(ulong address, out ReadOnlySpan<byte> older, out ReadOnlySpan<byte> newer)
    {
        var head = (Head*)address;
        int end = (int)(head->Written % Room);
        bool isWhole = head->Written <= Room;
        older = isWhole ? default : new ReadOnlySpan<byte>(Text(head) + end, (int)Room - end);
        newer = new ReadOnlySpan<byte>(Text(head), isWhole ? (int)head->Written : end);
    }

    private static byte* Text(Head* head) => (byte*)(head + 1);

    private static ulong CheckOf(ulong address, ulong written) => ~(Mark ^ address ^ (written << 7));

    private static void Set(Head* head, ulong written)
    {
        head->Mark = Mark;
        head->Address = (ulong)head;
        head->Written = written;
        head->Check = CheckOf((ulong)head, written);
    }

    private struct Head
    {
        public ulong Mark;
        public ulong Address;
        public ulong Written;
        public ulong Check;
    }
}
