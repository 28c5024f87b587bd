// What the rooms behind this one do at the turns of a guest's life: reports, the console's monitor, lessons. No earlier
// room knows them; Hypervisor.cs sets every pointer before the first guest starts. What a single guest's exits are
// shown to stands in its Vm (Filter, Teller), and is null for an ordinary guest.

namespace MinusOne.Hv.Exits;

internal unsafe struct Hooks
{
    // The guest has a configuration and nothing else yet. A lesson sets its filter here.
    public delegate*<Vm*, void> Configured;

    // It has its memory. True: there is no guest to run, but something to work out, which has been done; the second
    // answer is whether it came out as it should.
    public delegate*<Vm*, Vcpu*, ref bool, bool> WorkedOut;

    // It has its processors; the first is the current one, and nothing has been entered.
    public delegate*<Vm*, Vcpu*, void> Prepared;

    // Its first entry comes next.
    public delegate*<Vm*, void> Begun;

    // It has ended. True: as it is meant to.
    public delegate*<Vm*, Vcpu*, bool> Ended;

    // It has been reported on, and goes.
    public delegate*<Vm*, void> Gone;

    // A processor that takes turns has something to do.
    public delegate*<Vcpu*, bool> IsAtWork;

    // Others are ready, while one runs.
    public delegate*<Machine*, bool> AreOthersReady;

    // Guests that ran at the same time have all ended. True: each had the share that it is meant to have.
    public delegate*<Machine*, bool> AllEnded;

    // Somebody at the console asks something of the hypervisor, at this time on the guest's clock.
    public delegate*<Vm*, Vcpu*, ulong, void> Asked;
}
