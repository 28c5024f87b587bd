// Whether a guest has ended as its configuration says: how, and with how many exits of which reason.

namespace MinusOne.Hv.Lessons;

internal static unsafe class Expectations
{
    // A person who ends the run by hand knows why.
    public static bool AreMet(Vm* vm)
    {
        if (vm->End == GuestEnd.Stopped)
        {
            return true;
        }

        ref RunSettings settings = ref VmSlot.Of(vm)->Settings;
        GuestEnd expected = settings.ExpectedEnd != GuestEnd.None ? settings.ExpectedEnd
            : GuestSetup.ConfigOf(vm)->ExpectedEnd != GuestEnd.None ? GuestSetup.ConfigOf(vm)->ExpectedEnd
            : GuestEnd.PoweredOff;
        bool met = vm->End == expected
            && (settings.ExpectedEnd != GuestEnd.DebugExit || vm->EndValue == settings.ExpectedValue);
        Lesson lesson = LessonHooks.LessonOf(vm);
        for (ulong i = 0; i < lesson.ExitCount; i++)
        {
            ExitExpectation* expectation = lesson.Exits + i;
            ulong count = vm->Counters.Exits((int)expectation->Reason);
            if (count < expectation->Least || count > expectation->Most)
            {
                met = false;
                Writer.Log.Text("expected "u8).Decimal(expectation->Least).Text(" to "u8).Decimal(expectation->Most)
                    .Text(" exits '"u8).Text(Names.OfExit(expectation->Reason)).Text("', counted "u8)
                    .Decimal(count).EndLine();
            }
        }

        return met;
    }
}
