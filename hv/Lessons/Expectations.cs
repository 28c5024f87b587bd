// Whether a guest has ended as its configuration says: how, with how many exits of which reason, which pages marked.
namespace MinusOne.Hv.Lessons;

internal static unsafe class Expectations
{
    // A person who ends the run by hand knows why; a guest that starts again has not come to its end.
    public static bool AreMet(Vm* vm)
    {
        VmSlot* slot = VmSlot.Of(vm);
        if (vm->End == GuestEnd.Stopped || slot->StartsAgain)
        {
            return true;
        }

        ref RunSettings settings = ref slot->Settings;
        bool met = vm->End == slot->ExpectedEnd
            && (settings.ExpectedEnd != GuestEnd.DebugExit || vm->EndValue == settings.ExpectedValue);
        Lesson lesson = LessonHooks.LessonOf(vm);
        if (vm->End == GuestEnd.TimedOut && lesson.Has(LessonFeatures.MayRunOut))
        {
            return true;
        }

        for (ulong i = 0; i < lesson.ExitCount; i++)
        {
            ExitExpectation* expectation = lesson.Exits + i;
            ulong count = vm->Counters.Exits((int)expectation->Reason);
            bool isPromised = !Cpu.IsAmd || expectation->OnlyVtx == 0;
            if (isPromised && (count < expectation->Least || count > expectation->Most))
            {
                met = false;
                Writer.Log.Text("expected "u8).Decimal(expectation->Least).Text(" to "u8).Decimal(expectation->Most)
                    .Text(" exits '"u8).Text(ExitFacts.NameOf((ExitReason)expectation->Reason)).Text("', counted "u8)
                    .Decimal(count).EndLine();
            }
        }

        return met;
    }

    // How many of the pages that the configuration watches the processor has marked as accessed and as dirty. A
    // processor without such flags in its EPT marks none. SDM 3C 30.3.5 Accessed and Dirty Flags for EPT.
    public static bool AreMarked(Vm* vm)
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
