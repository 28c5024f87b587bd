// A built-in guest before it is data: what becomes a GuestProgram of hv/Guests. One line of text each, for lists.
namespace MinusOne.Guests;

internal sealed record Guest(string Name, string Id, string Sentence, params GuestConfig[] Configs)
{
    // Why it cannot run on AMD's SVM. Empty: it can.
    public string OnlyVtx { get; init; } = "";

    // It measures times that are too short for an emulator that goes by the wall's clock.
    public bool IsExact { get; init; }
}
