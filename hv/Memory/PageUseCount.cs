// Bytes by what the guest did with them. A large leaf counts whole: its flags say no more.

namespace MinusOne.Hv.Memory;

internal struct PageUseCount : IPageUseSink
{
    public ulong Accessed;
    public ulong Dirty;

    public void Used(Gpa page, int level, PageUse use)
    {
        Accessed += (use & PageUse.Accessed) != 0 ? PageLevel.Size(level) : 0;
        Dirty += (use & PageUse.Dirty) != 0 ? PageLevel.Size(level) : 0;
    }
}
