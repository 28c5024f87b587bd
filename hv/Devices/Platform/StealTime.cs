// How long a virtual processor could not run because others did: KVM's account of it in the guest's memory, which is
// brought up to now when the processor has its turn. Linux's Documentation/virt/kvm/x86/msr.rst, MSR_KVM_STEAL_TIME.
// Left out: to say of a processor that it does not run now.
namespace MinusOne.Hv.Devices.Platform;

internal unsafe struct StealTime
{
    // Low bits of _address: the guest has turned this on; those that it must leave 0; and one of these, which is ours:
    // nothing was told yet.
    private const ulong Enabled = 1, New = 2, Reserved = 0x3E;
    private const int VersionAt = 8;
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private ulong _address;
    private ulong _before;

    public readonly bool IsOn => (_address & Enabled) != 0;

    // False: #GP(0).
    public bool TrySet(ulong value)
    {
        bool isGood = (value & Reserved) == 0;
        _address = isGood ? value | New : _address;
        return isGood;
    }

    // What is counted as waited has moved by so much, and the account has not.
    public void Move(ulong ticks) => _before += ticks;

    // Since its beginning it has waited for so many ticks; the account begins with the first turn. An even version is
    // a whole account, and another one a new account. What the guest has no memory for is lost.
    public void Tell(GuestMemory* memory, ulong waited, ulong hertz)
    {
        _before = (_address & New) != 0 ? waited : _before;
        _address &= ~New;
        hertz = Math.Max(hertz, 1);
        ulong ticks = waited - _before;
        ulong steal = (ticks / hertz * NanosecondsPerSecond) + (ticks % hertz * NanosecondsPerSecond / hertz);
        var place = new Gpa(_address & ~Enabled);
        uint version = 0;
        memory->Read(place + VersionAt, new Span<byte>(&version, sizeof(uint)));
        ReadOnlySpan<uint> words = [(uint)steal, (uint)(steal >> 32), (version & ~1u) + 2, 0];
        memory->Load(place, MemoryMarshal.AsBytes(words));
    }
}
