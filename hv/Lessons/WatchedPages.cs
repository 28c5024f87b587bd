// How many of the pages that a configuration watches the processor has marked in the EPT as accessed and as dirty. SDM
// 3C 30.3.5 Accessed and Dirty Flags for EPT.

namespace MinusOne.Hv.Lessons;

internal static unsafe class WatchedPages
{
    // True if nothing is watched, or the marks are those that the configuration expects. A processor without such flags
    // makes none.
    public static bool AreMarkedAsExpected(Vm* vm)
    {
        PageWatch watch = LessonHooks.LessonOf(vm).Watch;
        if (watch.Last == 0)
        {
            return true;
        }

        ulong accessed = 0, dirty = 0;
        for (Gpa page = new Gpa(watch.First).Page; page.Value <= watch.Last; page += 0x1000)
        {
            PageUse use = vm->Memory.Table.Translate(page.Value).Use;
            accessed += (use & PageUse.Accessed) != 0 ? 1UL : 0;
            dirty += (use & PageUse.Dirty) != 0 ? 1UL : 0;
        }

        Writer.Console.Text("EPT marks: "u8).Decimal(accessed).Text(" pages accessed, "u8).Decimal(dirty)
            .Text(" dirty"u8).EndLine();
        bool hasFlags = vm->Machine->Facts.Vmx.EptVpid.AccessedAndDirty;
        return accessed == (hasFlags ? watch.Accessed : 0) && dirty == (hasFlags ? watch.Dirty : 0);
    }
}
