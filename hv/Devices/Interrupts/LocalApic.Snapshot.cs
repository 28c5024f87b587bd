// What of a local APIC goes into a snapshot, and how one takes the place of another. What is known of its page, and of
// who delivers its interrupts, is found out anew: the snapshot may come from a guest whose processor did it.
namespace MinusOne.Hv.Devices.Interrupts;

internal unsafe partial struct LocalApic
{
    // Without an address of the host's; beside it goes the page.
    public readonly LocalApic Portable
    {
        get
        {
            LocalApic copy = this;
            copy.Page = null;
            copy.Events = null;
            copy._eoiMemory = null;
            copy._requestWords = copy._serviceWords = 0;
            copy.IsVirtual = copy.IsUntold = copy.HasNewLevel = copy.Interrupt = copy.IsStarted = false;
            return copy;
        }
    }

    // Its page holds the other's registers already. Its processor has waited so many ticks longer than the other's had.
    public void Adopt(in LocalApic other, GuestMemory* memory, ulong waited)
    {
        byte* page = Page;
        PendingEvents* events = Events;
        (bool isVirtual, bool isStarted) = (IsVirtual, IsStarted);
        this = other;
        Page = page;
        Events = events;
        (IsVirtual, IsStarted) = (isVirtual, isStarted);
        _eoi = isVirtual ? 0 : _eoi;
        _eoiMemory = _eoi != 0 ? memory : null;
        Steal.Move(waited);
        _requestWords = isVirtual ? Unknown : WordsOf(ApicRegister.InterruptRequest);
        _serviceWords = isVirtual ? Unknown : WordsOf(ApicRegister.InService);
        HasNewLevel = true;
        Update();
    }

    private readonly uint WordsOf(ApicRegister first)
    {
        uint words = 0;
        for (uint word = 0; word < 8; word++)
        {
            words |= Word(first, word) != 0 ? 1u << (int)word : 0;
        }

        return words;
    }
}
