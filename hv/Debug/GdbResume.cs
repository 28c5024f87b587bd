// How guests go on, as `vCont` says it: actions with threads, of which the first that fits counts. One processor may
// make a step; that all go on otherwise is the rule. GDB manual, E.2 Packets, `vCont`.
namespace MinusOne.Hv.Debug;

internal static class GdbResume
{
    // False: an action that is not known.
    public static bool TryRead(GdbText text, out GdbThread stepped)
    {
        stepped = default;
        while (!text.IsEmpty)
        {
            var action = new GdbText(text.Until((byte)';'));
            bool stepsWithSignal = action.Skip("S"u8), goesWithSignal = action.Skip("C"u8);
            bool isStep = stepsWithSignal || action.Skip("s"u8);
            bool hasSignal = stepsWithSignal || goesWithSignal;
            bool isKnown = isStep || hasSignal || action.Skip("c"u8) || action.Skip("t"u8);
            if (!isKnown || (hasSignal && !action.TryNumber(out _)))
            {
                return false;
            }

            GdbThread thread = GdbThread.All;
            if (action.Skip(":"u8) && !GdbThread.TryRead(ref action, out thread))
            {
                return false;
            }

            thread.Processor = thread.Processor == 0 ? -1 : thread.Processor;
            stepped = isStep && stepped.Processor == 0 ? thread : stepped;
        }

        return true;
    }
}
