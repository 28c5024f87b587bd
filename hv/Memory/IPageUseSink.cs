// Receives the pages that were used since the flags were last cleared.

namespace MinusOne.Hv.Memory;

internal interface IPageUseSink
{
    void Used(Gpa page, int level, PageUse use);
}
