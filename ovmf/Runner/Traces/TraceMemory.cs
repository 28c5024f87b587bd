// Which memory exits were about, and into which pieces it is cut to be drawn.

using System.Collections.Generic;
using System.Linq;

namespace MinusOne.Ovmf.Runner.Traces;

internal static class TraceMemory
{
    private const ulong Page = 4096;
    private const int MostRows = 24;
    private const ulong PiecesARow = 64;

    public static bool IsAbout(TraceExit exit) =>
        (ExitReason)exit.Reason is ExitReason.EptViolation or ExitReason.EptMisconfiguration;

    // The finest that leaves no more rows than one can look at.
    public static ulong Piece(IReadOnlyCollection<ulong> addresses)
    {
        ulong piece = Page;
        while (addresses.Select(address => address / (piece * PiecesARow)).Distinct().Count() > MostRows)
        {
            piece *= 2;
        }

        return piece;
    }
}
